//! A short folded word held in place: comparing two of them touches no other memory.

/// Up to 31 ASCII bytes, lower-case letters and digits by construction of the normalisers. What is longer is cut:
/// two names that agree in their first 31 letters are one name to us.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Word {
    bytes: [u8; 31],
    len: u8,
}

impl Word {
    /// Takes the first 31 bytes; anything not ASCII is left out.
    pub fn new(text: &str) -> Self {
        let mut word = Self::default();
        for (slot, byte) in word.bytes.iter_mut().zip(text.bytes().filter(u8::is_ascii)) {
            *slot = byte;
            word.len += 1;
        }
        word
    }

    /// The bytes of the word.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// The word as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or("")
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }
}

/// Shows the length, never the letters: they may be a person's name.
impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Word({} letters)", self.len)
    }
}
