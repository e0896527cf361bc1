//! The engine over the shared data, ignored unless asked for: see `tests/features/shared/`.

#[path = "../../features/shared/folder.rs"]
mod folder;
mod trainer;
