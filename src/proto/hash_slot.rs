//! The hash slot of a key (redis.io, "Redis cluster specification", "Key distribution model").

/// Number of hash slots of a cluster.
pub const HASH_SLOTS: u16 = 16_384;

/// CRC-16/XMODEM of each byte.
const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| (crc << 8) ^ TABLE[usize::from((crc >> 8) as u8 ^ byte)])
}

/// The slot of a key. In a key with a hash tag, such as `{user}.name`, only the text between the braces counts.
pub fn hash_slot(key: &[u8]) -> u16 {
    crc16(hash_tag(key).unwrap_or(key)) % HASH_SLOTS
}

/// The text between the first `{` and the first `}` after it; `None` if there is none or it is empty.
fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let start = key.iter().position(|byte| *byte == b'{')? + 1;
    let length = key[start..].iter().position(|byte| *byte == b'}')?;
    (length > 0).then(|| &key[start..start + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_that_servers_compute() {
        // As told by CLUSTER KEYSLOT.
        for (key, slot) in [("", 0), ("a", 15495), ("b", 3300), ("123456789", 12739), ("foo", 12182)] {
            assert_eq!(hash_slot(key.as_bytes()), slot, "{key}");
        }
    }

    #[test]
    fn a_hash_tag_counts_alone() {
        for (key, same) in [("{a}x", "a"), ("x{a}y{b}", "a"), ("{a}}", "a"), ("{{a}", "{a")] {
            assert_eq!(hash_slot(key.as_bytes()), hash_slot(same.as_bytes()), "{key}");
        }
        for key in ["{}a", "{a", "a}", "a{}{b}"] {
            assert_eq!(hash_slot(key.as_bytes()), crc16(key.as_bytes()) % HASH_SLOTS, "{key}");
        }
    }
}
