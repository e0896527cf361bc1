//! A kernel's arguments as a structure, and the macro that declares them.

/// A kernel's arguments: one structure, passed by value.
///
/// # Safety
/// The layout is that of the structure of this name in `kernels/arguments.cuh`, without padding that matters.
pub unsafe trait Arguments: Copy {
    /// The kernel's name.
    const KERNEL: &'static str;
    /// Threads of its blocks, as it is compiled for.
    const THREADS: u32;
}

macro_rules! arguments {
    ($($(#[$attribute:meta])* $name:ident = $kernel:literal, $threads:ident { $($(#[$of_field:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$attribute])*
            #[repr(C)]
            #[derive(Debug, Clone, Copy, Default)]
            pub struct $name {
                $($(#[$of_field])* pub $field: $type,)*
            }

            // SAFETY: `repr(C)`, field by field as in arguments.cuh; the tests of kernels compare the sizes.
            unsafe impl super::Arguments for $name {
                const KERNEL: &'static str = $kernel;
                const THREADS: u32 = $threads;
            }
        )*

        /// Each of these kernels with the size of its arguments.
        pub(super) const KERNELS: &[(&str, usize)] = &[$(($kernel, size_of::<$name>())),*];
    };
}
