//! Enums that files and tables write as a word. Variants and words are in one list, from which text, reading, checks and
//! schema follow. It knows no enum. Also counts with their nouns, and patterns of names.

mod counted;
pub mod pattern;

pub use counted::counted;

/// An enum whose values are words.
pub trait Word: Sized + Copy + 'static {
    /// The words of all values, in the order in which they are shown.
    const WORDS: &'static [&'static str];

    /// As files and tables write it.
    fn word(self) -> &'static str;

    /// The value of a word; none: it is not one of [`Word::WORDS`].
    fn of_word(word: &str) -> Option<Self>;
}

/// Declares an enum by its variants and their words: `Linear => "linear"`. It has `ALL`, `name` and `Display`, is a
/// [`Word`], and serde writes and reads it as its word.
macro_rules! words {
    ($(#[$attribute:meta])* $visibility:vis enum $name:ident {
        $($(#[$of_variant:meta])* $variant:ident => $word:literal),+ $(,)?
    }) => {
        $(#[$attribute])*
        $visibility enum $name {
            $($(#[$of_variant])* $variant),+
        }

        impl $name {
            /// Every value, in the order in which they are shown.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// As files and tables write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl $crate::words::Word for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn word(self) -> &'static str {
                self.name()
            }

            fn of_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use $crate::words::Word;
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::of_word(&word).ok_or_else(|| serde::de::Error::unknown_variant(&word, Self::WORDS))
            }
        }
    };
}

pub(crate) use words;
