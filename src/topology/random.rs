//! Random numbers for jitter and for choices among nodes. Not for secrets.

/// A generator (xorshift64*).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator with this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`, or 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number that differs from `value` by a fifth at most.
    pub fn jittered(&mut self, value: u64) -> u64 {
        value - value / 5 + self.below((value / 5 * 2 + 1) as usize) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_within_their_bounds_and_spread() {
        let mut random = Random::new(7);
        let mut seen = [false; 10];
        (0..1000).for_each(|_| seen[random.below(10)] = true);
        assert_eq!(seen, [true; 10]);
        let jittered: Vec<u64> = (0..1000).map(|_| random.jittered(100)).collect();
        assert!(jittered.iter().all(|value| (80..=120).contains(value)));
        assert!(jittered.contains(&80) && jittered.contains(&120));
        assert_eq!((random.below(0), random.jittered(0), random.jittered(3)), (0, 0, 3));
    }
}
