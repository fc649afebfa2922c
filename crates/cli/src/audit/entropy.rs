use strongroom_types::limits::{BOX_HEADER_BYTES, CHUNK_SEALED_BYTES};

/// Bytes below which nothing can be said about randomness.
pub const SAMPLE_MIN_BYTES: usize = 64;
/// An AEAD tag.
const TAG_BYTES: usize = 16;

/// Whether bytes look uniformly random, by Pearson's chi-squared over the 256 byte values
/// (255 degrees of freedom). The bound is ten standard deviations: random bytes pass also
/// when millions of values are tested, while text, compressed or structured data of a few
/// hundred bytes fail. Samples that are too short pass.
pub fn looks_random(sample: &[u8]) -> bool {
    if sample.len() < SAMPLE_MIN_BYTES {
        return true;
    }
    let mut counts = [0_u32; 256];
    for byte in sample {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    #[allow(clippy::cast_precision_loss)]
    let expected = sample.len() as f64 / 256.0;
    let chi: f64 = counts
        .iter()
        .map(|count| (f64::from(*count) - expected).powi(2) / expected)
        .sum();
    chi < 255.0 + 10.0 * 510_f64.sqrt()
}

/// Whether bytes have the form of a box: header, full chunks, a short last chunk with its
/// tag, and random all over.
pub fn is_box(bytes: &[u8]) -> bool {
    let Some(chunks) = bytes.len().checked_sub(BOX_HEADER_BYTES) else {
        return false;
    };
    chunks % CHUNK_SEALED_BYTES >= TAG_BYTES && looks_random(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DangerSeededRng;
    use strongroom_types::Rng;

    fn random(rng: &mut DangerSeededRng, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        rng.fill_bytes(&mut bytes);
        bytes
    }

    #[test]
    fn random_bytes_pass() {
        let mut rng = DangerSeededRng::new(1);
        for length in [64, 72, 100, 256, 400, 1_168, 4_096, 100_000] {
            for _ in 0..200 {
                assert!(looks_random(&random(&mut rng, length)), "{length}");
            }
        }
        assert!(looks_random(&random(&mut rng, 4 << 20)));
    }

    #[test]
    fn other_bytes_fail() {
        let text = "Harbour lease, second floor, paid until March. ".repeat(4);
        assert!(!looks_random(text.as_bytes()));
        assert!(!looks_random(&text.as_bytes()[..80]));
        assert!(!looks_random(&[0; 256]));
        // a box with a readable half
        let mut half = random(&mut DangerSeededRng::new(2), 300);
        half.extend_from_slice(text.as_bytes());
        assert!(!looks_random(&half));
    }

    #[test]
    fn the_form_of_a_box() {
        let mut rng = DangerSeededRng::new(3);
        assert!(is_box(&random(&mut rng, 72)));
        assert!(is_box(&random(&mut rng, 56 + 16_400 + 16)));
        assert!(!is_box(&random(&mut rng, 71)));
        assert!(!is_box(&random(&mut rng, 56 + 16_400)));
        assert!(!is_box(&random(&mut rng, 20)));
        assert!(!is_box(&[b'a'; 100]));
    }
}
