//! `[[evaluate]]`: models scored on further data.

mod file;
mod own_data;
mod run;
