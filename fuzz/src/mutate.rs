//! Random mutations that know a little CBOR.

/// Bytes that often decide something in CBOR: lengths that lie, types that differ.
const INTERESTING: &[&[u8]] = &[
    &[0x00],
    &[0xff],
    &[0x80],
    &[0xf6],
    &[0x9f],
    &[0x5f],
    &[0x18, 0x05],
    &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x5b, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00],
    &[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81],
    &[0xc0],
    &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0],
];

/// Makes inputs from a corpus, the same ones for the same seed.
pub struct Mutator<'a> {
    state: u64,
    corpus: &'a [Vec<u8>],
}

impl<'a> Mutator<'a> {
    pub fn new(seed: u64, corpus: &'a [Vec<u8>]) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, corpus }
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.random() % limit.max(1) as u64) as usize
    }

    pub fn next_input(&mut self) -> Vec<u8> {
        let at = self.below(self.corpus.len());
        let mut input = self.corpus.get(at).cloned().unwrap_or_default();
        for _ in 0..=self.below(4) {
            self.mutate(&mut input);
        }
        input
    }

    fn mutate(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len());
        match self.below(7) {
            0 => {
                let bit = self.below(8);
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            1 => {
                let value = self.random() as u8;
                if let Some(byte) = input.get_mut(at) {
                    *byte = value;
                }
            }
            2 => input.truncate(at),
            3 => {
                let count = self.below(16).min(input.len() - at.min(input.len()));
                input.drain(at..at + count);
            }
            4 => {
                let piece = INTERESTING.get(self.below(INTERESTING.len())).copied().unwrap_or_default();
                let at = at.min(input.len());
                input.splice(at..at, piece.iter().copied());
            }
            5 => {
                let other = self.below(self.corpus.len());
                let other = self.corpus.get(other).cloned().unwrap_or_default();
                let cut = self.below(other.len()).min(other.len());
                input.truncate(at);
                input.extend_from_slice(other.get(cut..).unwrap_or_default());
            }
            _ => {
                let piece = INTERESTING.get(self.below(INTERESTING.len())).copied().unwrap_or_default();
                for (offset, value) in piece.iter().enumerate() {
                    if let Some(byte) = input.get_mut(at + offset) {
                        *byte = *value;
                    }
                }
            }
        }
    }
}
