use super::{
    cbor::Item,
    decode,
    needle::{NeedleError, Needles},
};
use std::collections::BTreeSet;

/// Layers that are taken off at most.
const DEPTH_MAX: usize = 5;

/// Looks for canaries in everything it is shown, layer by layer.
pub struct Search {
    needles: Needles,
    hits: BTreeSet<(usize, String, String)>,
    /// Pieces that were shown.
    pub pieces: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Streams opened inside them.
    pub streams: u64,
}

impl Search {
    /// Prepares the search.
    pub fn new(canaries: &[Vec<u8>]) -> Result<Self, NeedleError> {
        Ok(Self {
            needles: Needles::new(canaries)?,
            hits: BTreeSet::new(),
            pieces: 0,
            bytes: 0,
            streams: 0,
        })
    }

    /// How much pieces of one file must overlap.
    pub fn overlap(&self) -> usize {
        self.needles.longest().max(4_096)
    }

    /// Searches one piece, whatever is packed in it included.
    pub fn look(&mut self, place: &str, bytes: &[u8]) {
        self.pieces += 1;
        self.bytes += bytes.len() as u64;
        if !self.needles.is_empty() {
            self.layer(place, "", bytes, 0);
        }
    }

    fn layer(&mut self, place: &str, route: &str, bytes: &[u8], depth: usize) {
        for (canary, form) in self.needles.search(bytes) {
            let form = format!("{route}{form}");
            self.hits.insert((canary, place.to_owned(), form));
        }
        if depth >= DEPTH_MAX {
            return;
        }
        for (name, inner) in decode::streams(bytes) {
            self.streams += 1;
            self.layer(place, &format!("{route}{name} > "), &inner, depth + 1);
        }
        if let Some(item) = Item::read(bytes) {
            let mut strings = Vec::new();
            item.strings(&mut |string| strings.push(string));
            // a string that is all of the input was searched as it is
            for string in strings.into_iter().filter(|string| string.len() >= 8) {
                if string.len() < bytes.len() {
                    self.layer(place, &format!("{route}CBOR > "), string, depth + 1);
                }
            }
        }
        if matches!(bytes.first(), Some(b'{' | b'['))
            && let Ok(json) = serde_json::from_slice::<serde_json::Value>(bytes)
        {
            self.json(place, route, &json, depth);
        }
    }

    fn json(&mut self, place: &str, route: &str, json: &serde_json::Value, depth: usize) {
        use serde_json::Value;
        match json {
            Value::String(text) if text.len() >= 8 => {
                self.layer(
                    place,
                    &format!("{route}JSON > "),
                    text.as_bytes(),
                    depth + 1,
                );
            }
            Value::Array(items) => {
                for item in items {
                    self.json(place, route, item, depth);
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.layer(
                        place,
                        &format!("{route}JSON > "),
                        name.as_bytes(),
                        depth + 1,
                    );
                    self.json(place, route, value, depth);
                }
            }
            _ => {}
        }
    }

    /// Canary, place and form of everything that was found. Where a canary lies plainly, the
    /// longer ways to the same bytes are left out.
    pub fn into_hits(self) -> Vec<(usize, String, String)> {
        let hits = self.hits;
        hits.iter()
            .filter(|(canary, place, form)| {
                let inner = form.rsplit(" > ").next().unwrap_or_default();
                let plain = (*canary, place.clone(), inner.to_owned());
                form == inner || !hits.contains(&plain)
            })
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const CANARY: &[u8] = b"Harbour lease";

    fn search(bytes: &[u8]) -> Vec<String> {
        let mut search = Search::new(&[CANARY.to_vec()]).unwrap();
        search.look("here", bytes);
        search
            .into_hits()
            .into_iter()
            .map(|(_, _, form)| form)
            .collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn layers_are_taken_off() {
        assert_eq!(search(b"x Harbour lease"), ["as it is"]);
        let packed = gzip(b"the Harbour lease and more of it");
        assert_eq!(search(&packed), ["gzip > as it is"]);
        assert!(search(&gzip(&packed)).contains(&"gzip > gzip > as it is".to_owned()));
        let text = data_encoding::BASE64.encode(&packed);
        let json = format!("{{\"a\":[1,\"{text}\"]}}");
        let forms = search(json.as_bytes());
        assert!(
            forms.iter().any(|form| form.ends_with("gzip > as it is")),
            "{forms:?}"
        );
        let mut cbor = vec![0x82, 0x01, 0x58, u8::try_from(packed.len()).unwrap()];
        cbor.extend_from_slice(&packed);
        assert!(!search(&cbor).is_empty());
        // a string in pieces
        let split = [&[0x5f, 0x47][..], b"Harbour", &[0x46], b" lease", &[0xff]].concat();
        let mut array = vec![0x81];
        array.extend(split);
        assert_eq!(search(&array), ["CBOR > as it is"]);
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        assert!(search(b"").is_empty());
        assert!(search(b"Harbour").is_empty());
    }
}
