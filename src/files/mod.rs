//! Files that stay whole: whatever stops the program, a reader finds the old content or the new, never a part. Knows no
//! format but safetensors, and no folder of this program's.

mod floats;
mod replace;
mod temporary;

pub use floats::{FloatBuffer, FloatFile, sha256_of_floats, write_floats};
pub use replace::{create_folder, is_full, remove, replace, replace_with, set_aside, sync_folder};
pub use temporary::{is_leftover, remove_leftovers};
