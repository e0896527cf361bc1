//! Writes what torch.save writes: a pickle of tensors, in a zip file or in the format before torch 1.6.

/// Bytes of an unsigned number, little-endian.
macro_rules! le {
    ($number:expr, $type:ty) => {
        <$type>::try_from($number).expect("it fits").to_le_bytes()
    };
}

/// A tensor, in rows at the beginning of a storage of its own.
pub(crate) struct Tensor<'a> {
    pub(crate) name: &'a str,
    /// `FloatStorage` and its like.
    pub(crate) storage: &'a str,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

impl<'a> Tensor<'a> {
    pub(crate) fn float32(name: &'a str, shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { name, storage: "FloatStorage", shape: shape.to_vec(), bytes }
    }

    fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    [b"X".as_slice(), &le!(text.len(), u32), text.as_bytes()].concat()
}

fn int(number: usize) -> Vec<u8> {
    [b"J".as_slice(), &le!(number, i32)].concat()
}

fn tuple(values: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    [b"(".to_vec(), values.collect::<Vec<_>>().concat(), b"t".to_vec()].concat()
}

/// A call of `_rebuild_tensor_v2` over `numbers` numbers of storage `key`.
pub(crate) fn rebuild(storage: &str, key: &str, numbers: usize, offset: usize, view: [&[usize]; 2]) -> Vec<u8> {
    let [shape, strides] = view.map(|sizes| tuple(sizes.iter().map(|size| int(*size))));
    let class = format!("ctorch\n{storage}\n").into_bytes();
    let place = tuple([text("storage"), class, text(key), text("cpu"), int(numbers)].into_iter());
    let place = [place, b"Q".to_vec()].concat();
    let hooks = b"ccollections\nOrderedDict\n)R".to_vec();
    let arguments = tuple([place, int(offset), shape, strides, b"\x89".to_vec(), hooks].into_iter());
    [b"ctorch._utils\n_rebuild_tensor_v2\n".to_vec(), arguments, b"R".to_vec()].concat()
}

/// A pickle of a dictionary of values that are pickled already.
pub(crate) fn dictionary(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<u8> = entries.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"\x80\x02}(".to_vec(), entries, b"u.".to_vec()].concat()
}

fn state_dict(tensors: &[Tensor<'_>]) -> Vec<u8> {
    let entry = |(key, tensor): (usize, &Tensor<'_>)| {
        let mut strides = vec![1; tensor.shape.len()];
        for at in (1..strides.len()).rev() {
            strides[at - 1] = strides[at] * tensor.shape[at];
        }
        let value = rebuild(tensor.storage, &key.to_string(), tensor.elements(), 0, [&tensor.shape, &strides]);
        [text(tensor.name), value].concat()
    };
    let entries: Vec<u8> = tensors.iter().enumerate().flat_map(entry).collect();
    [b"\x80\x02}(".to_vec(), entries, b"u.".to_vec()].concat()
}

/// The format since torch 1.6.
pub(crate) fn archive(tensors: &[Tensor<'_>]) -> Vec<u8> {
    archive_of(&state_dict(tensors), tensors.iter().map(|tensor| tensor.bytes.as_slice()))
}

/// An archive of a pickle and its storages "0", "1", ...
pub(crate) fn archive_of<'a>(pickle: &[u8], storages: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut entries = vec![("model/data.pkl".to_owned(), pickle), ("model/byteorder".to_owned(), b"little".as_slice())];
    entries.extend(storages.enumerate().map(|(key, bytes)| (format!("model/data/{key}"), bytes)));
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    zip(&entries, Fields::Short)
}

/// Whether sizes and places stand in 32 or in 64 bits.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fields {
    Short,
    Long,
}

/// A zip file of stored entries; without check sums, which nothing here reads.
pub(crate) fn zip(entries: &[(&str, &[u8])], fields: Fields) -> Vec<u8> {
    let long = fields == Fields::Long;
    let full = |value: usize| if long { [0xff; 4] } else { le!(value, u32) };
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in entries {
        let (place, size, len) = (file.len(), full(bytes.len()), le!(name.len(), u16));
        // Fields of the local header that the directory lacks, as torch pads with.
        let padding = b"FB\x05\0ZZZZZ";
        let local =
            [&b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..], &size, &size, &len, &[9, 0], name.as_bytes()].concat();
        file.extend([&local, padding.as_slice(), bytes].concat());
        let [wide_size, wide_place] = [bytes.len(), place].map(|value| le!(value, u64));
        let extra = if long { [&[1, 0, 24, 0][..], &wide_size, &wide_size, &wide_place].concat() } else { Vec::new() };
        let beginning = b"PK\x01\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let rest = [&[0; 10][..], &full(place)].concat();
        let lengths = [len, le!(extra.len(), u16)].concat();
        directory.extend([&beginning[..], &size, &size, &lengths, &rest, name.as_bytes(), &extra].concat());
    }
    let (start, count) = (file.len(), entries.len());
    file.extend(&directory);
    let end = file.len();
    let short_count = if long { [0xff; 2] } else { le!(count, u16) };
    if long {
        let (counts, sizes) = (le!(count, u64), [le!(directory.len(), u64), le!(start, u64)].concat());
        file.extend([&b"PK\x06\x06"[..], &44u64.to_le_bytes(), &[0; 12], &counts, &counts, &sizes].concat());
        file.extend([&b"PK\x06\x07\0\0\0\0"[..], &le!(end, u64), &1u32.to_le_bytes()].concat());
    }
    let sizes = [full(directory.len()), full(start)].concat();
    file.extend([&b"PK\x05\x06\0\0\0\0"[..], &short_count, &short_count, &sizes, &[0, 0]].concat());
    file
}

/// The format before torch 1.6.
pub(crate) fn legacy(tensors: &[Tensor<'_>]) -> Vec<u8> {
    let storages = tensors.iter().map(|tensor| (tensor.elements(), tensor.bytes.as_slice()));
    legacy_of(&state_dict(tensors), true, storages)
}

/// A file of a pickle and its storages "0", "1", ... with their declared lengths.
pub(crate) fn legacy_of<'a>(
    pickle: &[u8],
    little_endian: bool,
    storages: impl Iterator<Item = (usize, &'a [u8])>,
) -> Vec<u8> {
    let mark = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.".to_vec();
    let machine = dictionary(&[("little_endian", vec![if little_endian { 0x88 } else { 0x89 }])]);
    let storages: Vec<_> = storages.collect();
    let keys: Vec<u8> = (0..storages.len()).flat_map(|key| text(&key.to_string())).collect();
    let keys = [b"\x80\x02](".to_vec(), keys, b"e.".to_vec()].concat();
    let numbers = storages.iter().flat_map(|(len, bytes)| [&le!(*len, u64), *bytes].concat()).collect();
    [mark, machine, pickle.to_vec(), keys, numbers].concat()
}
