//! Files that stay whole: whatever stops the program, a reader finds the old content or the new, never a part. It knows no
//! format but safetensors, and none of the program's folders.

mod floats;
mod replace;
mod temporary;

pub use floats::{FloatBuffer, FloatFile, sha256_of_floats, write_floats};
pub use replace::{create_folder, is_full, remove, replace, replace_with, set_aside, sync_folder};
pub use temporary::{is_leftover, remove_leftovers};
