//! Numbers that look like chance and are the same in every run.

/// What the state grows by from number to number.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A number that depends on its argument alone: what splitmix64 says first with this seed.
#[must_use]
pub fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(STEP);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A stream of numbers (splitmix64) that depends on its seed alone.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// A stream that begins at `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        let number = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        number
    }

    /// A number below `limit`, which is not zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit
    }

    /// One of `choices`, which is not empty.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let index = self.below(choices.len().max(1) as u64) as usize;
        choices.get(index).copied()
    }

    /// The text of a GUID, in upper case.
    pub fn guid(&mut self) -> String {
        let (first, second) = (self.number(), self.number());
        let [a, b, c, d, e, f, g, h] = first.to_be_bytes();
        let [i, j, rest @ ..] = second.to_be_bytes();
        let node: String = rest.iter().map(|byte| format!("{byte:02X}")).collect();
        // Version 4 and the variant of RFC 4122, as Windows makes them.
        let (g, i) = (g & 0x0F | 0x40, i & 0x3F | 0x80);
        format!("{a:02X}{b:02X}{c:02X}{d:02X}-{e:02X}{f:02X}-{g:02X}{h:02X}-{i:02X}{j:02X}-{node}")
    }
}
