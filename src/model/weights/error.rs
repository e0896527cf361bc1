//! Errors of weight files. [`super::super::ModelError`] puts the file's name before these messages.

/// A weight file that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WeightsError {
    /// An unknown format.
    #[error(
        "neither a safetensors file nor a torch.save file; copy the file again, or choose a checkpoint with model.safetensors"
    )]
    Unknown,
    /// Invalid in its format.
    #[error("not a complete torch.save file ({what}); copy the file again, or choose another model.checkpoint")]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// A pickle with a function that tensors do not need.
    #[error(
        "the file asks to run {name}, which weights do not need; nothing was run: do not trust the file, and choose a checkpoint with model.safetensors"
    )]
    Code {
        /// `module.name`
        name: String,
    },
    /// A pickle instruction that torch.save does not write.
    #[error(
        "the file has the pickle instruction 0x{code:02x}, which torch.save does not write for weights; save it again with torch.save(model.state_dict(), ...)"
    )]
    Instruction {
        /// The byte.
        code: u8,
    },
    /// A pickle or archive too long for weights.
    #[error("the file has more than {limit} {things}; save the model alone with torch.save(model.state_dict(), ...)")]
    Long {
        /// `entries` or `pickle instructions`.
        things: &'static str,
        /// The limit.
        limit: usize,
    },
    /// An archive's entry that is compressed or encrypted.
    #[error("{entry} is compressed or encrypted, which torch.save does not do; save the file again with torch.save")]
    Compressed {
        /// The entry.
        entry: String,
    },
    /// Written on a big-endian machine.
    #[error("the numbers are big-endian; convert the file to model.safetensors on the machine that wrote it")]
    BigEndian,
    /// A storage of another size than declared.
    #[error(
        "storage {key} has {found} bytes, but {declared} are declared; copy the file again, or choose another model.checkpoint"
    )]
    Storage {
        /// Its name in the file.
        key: String,
        /// Its size in bytes.
        found: u64,
        /// The declared size in bytes.
        declared: u64,
    },
    /// A tensor that its storage cannot hold.
    #[error("tensor {name} {what}; copy the file again, or choose another model.checkpoint")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        what: &'static str,
    },
    /// Not a state dict: a training's state, or a wrapped model.
    #[error("not a state dict: the file has {keys}; save the weights alone with torch.save(model.state_dict(), ...)")]
    Wrapped {
        /// The keys at the top.
        keys: String,
    },
    /// An invalid index.
    #[error("not an index of weight files ({what}); copy the file again, or choose another model.checkpoint")]
    Index {
        /// What is wrong.
        what: String,
    },
    /// A missing shard.
    #[error("the index names {shard}, which is missing; add the file")]
    NoShard {
        /// The file's name.
        shard: String,
    },
    /// A tensor that is not in the shard that the index names.
    #[error("the index says that {name} is in {shard}, but it is not; fetch both files from one revision")]
    NotInShard {
        /// The tensor.
        name: String,
        /// The file's name.
        shard: String,
    },
    /// A tensor that is in two files without an index.
    #[error("tensor {name} is in two files; keep only the files of one model")]
    Twice {
        /// The tensor.
        name: String,
    },
}

impl WeightsError {
    /// [`WeightsError::Malformed`]
    pub(super) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed { what: what.into() }
    }
}

/// Most characters of a name in a message: files may have names of any length.
const SHOWN: usize = 120;

/// A name from a file, shortened and without control characters.
pub(super) fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if name.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}
