//! Files of one's own: every format and scheme.

mod files;
mod run;
