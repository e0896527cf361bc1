//! Atomic writes: whenever the program stops, a file has its old content or the new one, never a part of it. Also buffers of
//! float32 as safetensors files.

mod floats;
mod names;
mod network;
mod replace;
mod temporary;

pub use floats::{
    FloatBuffer, FloatFile, FloatFormat, sha256_of_floats, write_floats, write_floats_as, write_hashed_floats,
};
pub use names::{FORBIDDEN, odd_on_windows, slashed};
pub use network::{is_there, persistently};
pub use replace::{create_folder, is_full, remove, rename, replace, replace_with, set_aside, sync_folder};
pub use temporary::{TemporaryFolder, beside, is_leftover, remove_leftovers};
