//! A reader of pickles that runs no code. It supports the instructions that torch.save writes.
//!
//! A pickle is a program for a stack machine that may call any function of Python. Here only a few functions are known
//! ([`Global`]), and a call is not made but stored ([`Object::Call`]). Objects are in one list and refer to each other by
//! index, so nothing recurses, and the number of instructions limits the memory. The instructions: Python's
//! `pickletools`, protocol 2.

use std::collections::BTreeMap;

use super::error::{WeightsError, shown};
use super::stored::Number;

/// Most instructions in a pickle; a tensor takes about forty.
const INSTRUCTIONS: usize = 1 << 20;

/// The functions and types in a state dict of torch.save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    /// `collections.OrderedDict`
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`: storage, offset, shape, strides, and ignored arguments.
    Tensor,
    /// `torch._utils._rebuild_parameter`: a tensor, and ignored arguments.
    Parameter,
    /// `torch.FloatStorage` and its like.
    Storage(Number),
}

impl Global {
    fn named(module: &str, name: &str) -> Result<Self, WeightsError> {
        let storage = |text: &str| name.strip_suffix("Storage").filter(|_| module == text).and_then(Number::of_torch);
        match (module, name) {
            ("collections", "OrderedDict") => Ok(Self::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2") => Ok(Self::Tensor),
            ("torch._utils", "_rebuild_parameter") => Ok(Self::Parameter),
            _ => storage("torch")
                .map(Self::Storage)
                .ok_or_else(|| WeightsError::Code { name: format!("{}.{}", shown(module), shown(name)) }),
        }
    }
}

/// A value; texts are slices of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    /// `None` and floating-point numbers, which weights do not need.
    Nothing,
    Bool(bool),
    Int(i64),
    /// An integer of more than eight bytes, as in the file.
    Long(&'a [u8]),
    Text(&'a str),
    Global(Global),
    /// Index of an [`Object`].
    Object(usize),
}

/// A value with other values in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object<'a> {
    Tuple(Vec<Value<'a>>),
    List(Vec<Value<'a>>),
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// A function and its arguments; it is not called.
    Call(Global, Value<'a>),
    /// A persistent id: a storage outside the pickle.
    Outside(Value<'a>),
}

#[derive(Debug)]
pub(super) struct Pickle<'a> {
    pub(super) objects: Vec<Object<'a>>,
    /// The result.
    pub(super) root: Value<'a>,
    /// Length in bytes.
    pub(super) len: usize,
}

impl<'a> Pickle<'a> {
    /// Reads the pickle at the beginning of `bytes`.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, WeightsError> {
        let mut machine = Machine { bytes, ..Machine::default() };
        for _ in 0..INSTRUCTIONS {
            if let Some(root) = machine.step()? {
                return Ok(Self { objects: machine.objects, root, len: machine.at });
            }
        }
        Err(WeightsError::Long { things: "pickle instructions", limit: INSTRUCTIONS })
    }

    /// The object that `value` refers to.
    pub(super) fn object(&self, value: Value<'a>) -> Option<&Object<'a>> {
        match value {
            Value::Object(at) => self.objects.get(at),
            _ => None,
        }
    }

    /// The elements of a tuple.
    pub(super) fn tuple(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        match self.object(value)? {
            Object::Tuple(values) => Some(values),
            _ => None,
        }
    }

    /// The elements of a list.
    pub(super) fn list(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        match self.object(value)? {
            Object::List(values) => Some(values),
            _ => None,
        }
    }

    /// The entries of a dictionary in order, with repeated keys.
    pub(super) fn dict(&self, value: Value<'a>) -> Option<&[(Value<'a>, Value<'a>)]> {
        match self.object(value)? {
            Object::Dict(entries) => Some(entries),
            _ => None,
        }
    }
}

#[derive(Default)]
struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value<'a>>,
    /// Heights of the stack at the marks.
    marks: Vec<usize>,
    memo: BTreeMap<u32, Value<'a>>,
    objects: Vec<Object<'a>>,
}

impl<'a> Machine<'a> {
    /// Runs one instruction; returns the result at the end of the pickle.
    fn step(&mut self) -> Result<Option<Value<'a>>, WeightsError> {
        let [code] = self.array()?;
        match code {
            b'.' => return self.pop().map(Some),
            0x80 => match self.array()? {
                [2] => {}
                [other] => return Err(WeightsError::malformed(format!("pickle protocol {other}, not 2"))),
            },
            b'(' => self.marks.push(self.stack.len()),
            b'}' => self.make(Object::Dict(Vec::new())),
            b']' => self.make(Object::List(Vec::new())),
            b')' => self.make(Object::Tuple(Vec::new())),
            b't' => {
                let values = self.since_mark()?;
                self.make(Object::Tuple(values));
            }
            0x85..=0x87 => self.short_tuple(usize::from(code - 0x84))?,
            b'N' => self.stack.push(Value::Nothing),
            0x88 | 0x89 => self.stack.push(Value::Bool(code == 0x88)),
            b'J' | b'K' | b'M' | 0x8a | b'G' => self.number(code)?,
            b'X' | b'U' | b'T' => self.text(code)?,
            b'q' | b'r' | b'h' | b'j' => self.memo(code)?,
            b'c' => self.global()?,
            b'R' => self.call()?,
            b'Q' => {
                let outside = self.pop()?;
                self.make(Object::Outside(outside));
            }
            b's' | b'u' | b'a' | b'e' => self.fill(code)?,
            b'b' => self.set_state()?,
            code => return Err(WeightsError::Instruction { code }),
        }
        Ok(None)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], WeightsError> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| WeightsError::malformed("a pickle is truncated"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WeightsError> {
        Ok(self.take(N)?.try_into().expect("take returns N bytes"))
    }

    fn make(&mut self, object: Object<'a>) {
        self.stack.push(Value::Object(self.objects.len()));
        self.objects.push(object);
    }

    /// The top of the stack, but nothing below the last mark.
    fn pop(&mut self) -> Result<Value<'a>, WeightsError> {
        let floor = self.marks.last().copied().unwrap_or_default();
        let top = if self.stack.len() > floor { self.stack.pop() } else { None };
        top.ok_or_else(|| WeightsError::malformed("a pickle pops an empty stack"))
    }

    fn since_mark(&mut self) -> Result<Vec<Value<'a>>, WeightsError> {
        let mark = self.marks.pop().ok_or_else(|| WeightsError::malformed("a pickle has no mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn short_tuple(&mut self, len: usize) -> Result<(), WeightsError> {
        let mut values = vec![Value::Nothing; len];
        for value in values.iter_mut().rev() {
            *value = self.pop()?;
        }
        self.make(Object::Tuple(values));
        Ok(())
    }

    fn number(&mut self, code: u8) -> Result<(), WeightsError> {
        let value = match code {
            b'J' => Value::Int(i64::from(i32::from_le_bytes(self.array()?))),
            b'K' => Value::Int(i64::from(self.array::<1>()?[0])),
            b'M' => Value::Int(i64::from(u16::from_le_bytes(self.array()?))),
            b'G' => {
                self.take(8)?;
                Value::Nothing
            }
            _ => {
                let len = usize::from(self.array::<1>()?[0]);
                long(self.take(len)?)
            }
        };
        self.stack.push(value);
        Ok(())
    }

    fn text(&mut self, code: u8) -> Result<(), WeightsError> {
        let len = match code {
            b'U' => usize::from(self.array::<1>()?[0]),
            _ => u32::from_le_bytes(self.array()?) as usize,
        };
        let text = std::str::from_utf8(self.take(len)?).map_err(|_| WeightsError::malformed("a text is not UTF-8"))?;
        self.stack.push(Value::Text(text));
        Ok(())
    }

    /// Writes to the memo (`q`, `r`) or reads from it.
    fn memo(&mut self, code: u8) -> Result<(), WeightsError> {
        let index = match code {
            b'q' | b'h' => u32::from(self.array::<1>()?[0]),
            _ => u32::from_le_bytes(self.array()?),
        };
        if matches!(code, b'q' | b'r') {
            let top = self.pop()?;
            self.memo.insert(index, top);
            self.stack.push(top);
        } else {
            let value = self.memo.get(&index).copied();
            self.stack.push(value.ok_or_else(|| WeightsError::malformed("a pickle reads an unset memo entry"))?);
        }
        Ok(())
    }

    fn global(&mut self) -> Result<(), WeightsError> {
        let (module, name) = (self.line()?, self.line()?);
        self.stack.push(Value::Global(Global::named(module, name)?));
        Ok(())
    }

    fn line(&mut self) -> Result<&'a str, WeightsError> {
        let len = self.bytes[self.at..].iter().position(|byte| *byte == b'\n');
        let line = self.take(len.ok_or_else(|| WeightsError::malformed("a pickle is truncated"))?)?;
        self.at += 1;
        std::str::from_utf8(line).map_err(|_| WeightsError::malformed("a name is not UTF-8"))
    }

    /// Stores a call, or makes an empty dictionary.
    fn call(&mut self) -> Result<(), WeightsError> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Value::Global(global) = function else {
            return Err(WeightsError::malformed("a pickle calls something that is not a function"));
        };
        if global == Global::OrderedDict {
            let Value::Object(at) = arguments else { return Err(WeightsError::malformed("a call without arguments")) };
            if self.objects[at] != Object::Tuple(Vec::new()) {
                return Err(WeightsError::malformed("a dictionary with arguments, as Python 2 wrote it"));
            }
            self.make(Object::Dict(Vec::new()));
        } else {
            self.make(Object::Call(global, arguments));
        }
        Ok(())
    }

    /// Adds entries to the dictionary (`s`, `u`) or list (`a`, `e`) below them on the stack.
    fn fill(&mut self, code: u8) -> Result<(), WeightsError> {
        let values = match code {
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                vec![key, value]
            }
            b'a' => vec![self.pop()?],
            _ => self.since_mark()?,
        };
        let target = self.pop()?;
        self.stack.push(target);
        let object = if let Value::Object(at) = target { self.objects.get_mut(at) } else { None };
        match (object, code) {
            (Some(Object::Dict(entries)), b's' | b'u') if values.len().is_multiple_of(2) => {
                entries.extend(values.chunks_exact(2).map(|pair| (pair[0], pair[1])));
            }
            (Some(Object::List(list)), b'a' | b'e') => list.extend(values),
            _ => {
                return Err(WeightsError::malformed(
                    "a pickle adds entries to something else than a dictionary or list",
                ));
            }
        }
        Ok(())
    }

    /// Skips the attributes of a dictionary (torch's `_metadata`).
    fn set_state(&mut self) -> Result<(), WeightsError> {
        self.pop()?;
        let target = self.pop()?;
        match target {
            Value::Object(at) if matches!(self.objects[at], Object::Dict(_)) => self.stack.push(target),
            _ => return Err(WeightsError::malformed("a pickle sets the state of something else than a dictionary")),
        }
        Ok(())
    }
}

/// A little-endian integer in two's complement.
fn long(bytes: &[u8]) -> Value<'_> {
    if bytes.len() > 8 {
        return Value::Long(bytes);
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut all = [if negative { 0xff } else { 0 }; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(all))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn shared_lists_are_one_list() {
        // Python: a = []; pickle.dumps((a, a), 2) with an append to `a` after it was remembered.
        let pickle = Pickle::read(b"\x80\x02]q\x00K\x07ah\x00\x86.").unwrap();
        let pair = pickle.tuple(pickle.root).unwrap();
        assert_eq!(pair[0], pair[1]);
        assert_eq!(pickle.list(pair[1]), Some([Value::Int(7)].as_slice()));
    }

    #[test]
    fn whole_numbers_have_their_sign() {
        // Python: pickle.dumps(n, 2) of -1 (four bytes), -2**40, 2**40 and 255.
        let read = |bytes| Pickle::read(bytes).unwrap().root;
        assert_eq!(read(b"\x80\x02J\xff\xff\xff\xff."), Value::Int(-1));
        assert_eq!(read(b"\x80\x02\x8a\x06\x00\x00\x00\x00\x00\xff."), Value::Int(-(1 << 40)));
        assert_eq!(read(b"\x80\x02\x8a\x06\x00\x00\x00\x00\x00\x01."), Value::Int(1 << 40));
        assert_eq!(read(b"\x80\x02K\xff."), Value::Int(255));
    }

    #[test]
    fn what_a_pickle_may_not_do_is_said() {
        let said = |bytes: &[u8]| Pickle::read(bytes).unwrap_err().to_string();
        // Python: pickle.dumps of an object whose __reduce__ is (os.system, ("true",)), protocol 2.
        insta::assert_snapshot!(said(b"\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03."), @"the file asks to run posix.system, which weights do not need; nothing was run: do not trust the file, and choose a checkpoint with model.safetensors");
        insta::assert_snapshot!(said(b"\x80\x02ctorch.storage\n_load_from_bytes\n."), @"the file asks to run torch.storage._load_from_bytes, which weights do not need; nothing was run: do not trust the file, and choose a checkpoint with model.safetensors");
        insta::assert_snapshot!(said(b"\x80\x02(i__builtin__\neval\n."), @"the file has the pickle instruction 0x69, which torch.save does not write for weights; save it again with torch.save(model.state_dict(), ...)");
        insta::assert_snapshot!(said(b"\x80\x04\x95."), @"not a complete torch.save file (pickle protocol 4, not 2); copy the file again, or choose another model.checkpoint");
        insta::assert_snapshot!(said(b"\x80\x02(\x85."), @"not a complete torch.save file (a pickle pops an empty stack); copy the file again, or choose another model.checkpoint");
        insta::assert_snapshot!(said(b"\x80\x02h\x05."), @"not a complete torch.save file (a pickle reads an unset memo entry); copy the file again, or choose another model.checkpoint");
        insta::assert_snapshot!(said(b"\x80\x02X\xff\xff\xff\xffabc."), @"not a complete torch.save file (a pickle is truncated); copy the file again, or choose another model.checkpoint");
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let nested: Vec<u8> = [vec![b'('; 300_000], vec![b't'; 300_000], vec![b'.']].concat();
        assert!(Pickle::read(&nested).is_ok(), "depth alone does no harm");
        let endless = vec![b'N'; INSTRUCTIONS + 1];
        insta::assert_snapshot!(Pickle::read(&endless).unwrap_err(), @"the file has more than 1048576 pickle instructions; save the model alone with torch.save(model.state_dict(), ...)");
    }
}
