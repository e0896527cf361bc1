//! What can be wrong with a weight file. The file's name stands before these messages ([`super::super::ModelError`]).

/// A weight file that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WeightsError {
    /// Of no format that is known.
    #[error(
        "neither a safetensors file nor one of torch.save; the file is damaged: copy it again from where it came, or name a checkpoint with model.safetensors"
    )]
    Unknown,
    /// Not what its format says.
    #[error(
        "not a whole file of torch.save ({what}); the file is damaged: copy it again from where it came, or name another model.checkpoint"
    )]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// A pickle that names something else than tensors are made of.
    #[error(
        "the file asks to run {name}, which no weights need; nothing of it was run: distrust the file, and name a checkpoint with model.safetensors"
    )]
    Code {
        /// `module.name`
        name: String,
    },
    /// A pickle instruction that torch.save does not write.
    #[error(
        "the file has the pickle instruction 0x{code:02x}, which torch.save does not write for weights; write it again with torch.save(model.state_dict(), ...)"
    )]
    Instruction {
        /// The byte.
        code: u8,
    },
    /// A pickle or archive too long for weights.
    #[error(
        "the file lists more than {limit} {things}; write the model alone with torch.save(model.state_dict(), ...)"
    )]
    Long {
        /// Of what.
        things: &'static str,
        /// How many are read.
        limit: usize,
    },
    /// An archive's entry that is compressed or encrypted.
    #[error(
        "{entry} is compressed or encrypted in the file, which torch.save does not do; write it again with torch.save"
    )]
    Compressed {
        /// The entry.
        entry: String,
    },
    /// Written on a machine of the other byte order.
    #[error("the numbers are big-endian; convert the file to model.safetensors on the machine that wrote it")]
    BigEndian,
    /// A storage is shorter or longer than declared.
    #[error(
        "storage {key} has {found} bytes where {declared} are declared; the file is damaged: copy it again from where it came, or name another model.checkpoint"
    )]
    Storage {
        /// Its name in the file.
        key: String,
        /// Bytes there are.
        found: u64,
        /// Bytes there should be.
        declared: u64,
    },
    /// A tensor that its storage cannot hold.
    #[error(
        "tensor {name} {what}; the file is damaged: copy it again from where it came, or name another model.checkpoint"
    )]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A training's state, or a model in a wrapping, instead of a state dict.
    #[error("no state dict: the file holds {keys}; write the weights alone with torch.save(model.state_dict(), ...)")]
    Wrapped {
        /// What is at the top.
        keys: String,
    },
    /// An index that is no index.
    #[error(
        "not an index of weight files ({what}); the file is damaged: copy it again from where it came, or name another model.checkpoint"
    )]
    Index {
        /// What is wrong.
        what: String,
    },
    /// A shard that is not among the files.
    #[error("the index names {shard}, which is not beside it; add the file")]
    NoShard {
        /// The file's name.
        shard: String,
    },
    /// A tensor that is not where the index says.
    #[error("the index says that {name} is in {shard}, but it is not; fetch both files from one revision")]
    NotInShard {
        /// The tensor.
        name: String,
        /// The file's name.
        shard: String,
    },
    /// Two files have a tensor, and no index says which counts.
    #[error("tensor {name} is in two files; leave the files of one model")]
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

/// Letters of a name shown in a message at most: names come from files that may be anything.
const SHOWN: usize = 120;

/// A name out of a file, fit for a message: no control characters, and not too long.
pub(super) fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if name.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}
