//! Unmasking: every frame of a client is masked.

/// Unmasks `bytes`. Returns the mask rotated, so that it fits the next bytes of the same payload.
#[inline]
pub(crate) fn unmask(bytes: &mut [u8], mask: [u8; 4]) -> [u8; 4] {
    let [a, b, c, d] = mask;
    let word = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let turn = bytes.len() as u32 % 4;
    // Eight bytes at a time, which the compiler turns into vector instructions.
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for bytes in words {
        *bytes = (u64::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
    }
    for (at, byte) in rest.iter_mut().enumerate() {
        *byte ^= mask[at % 4];
    }
    // As a number, because `rotate_left` of a slice is a call that costs more than the loops above.
    u32::from_be_bytes(mask).rotate_left(8 * turn).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_is_unmasked_in_one_piece_or_in_two() {
        let mask = [0x6d, 0xb6, 0xb2, 0x80];
        let plain: Vec<u8> = (0..100).collect();
        let masked: Vec<u8> = plain.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]).collect();
        for length in 0..plain.len() {
            for cut in 0..=length {
                let mut bytes = masked[..length].to_vec();
                let turned = unmask(&mut bytes[..cut], mask);
                unmask(&mut bytes[cut..], turned);
                assert_eq!(bytes, plain[..length], "{cut} of {length}");
            }
        }
    }
}
