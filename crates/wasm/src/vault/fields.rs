//! A version's fields. Those that were kept are read when they are first looked at: a vault of a
//! hundred thousand records opens without a look at most of them.

use std::cell::{Cell, OnceCell};
use strongroom_format::cbor::{from_own_cbor, to_cbor};
use strongroom_format::record::{Fields, Value};

/// See the module.
pub(crate) struct VersionFields {
    /// As they were kept, until they are read. They come from this browser's own sealed storage.
    kept: Cell<Option<Box<[u8]>>>,
    read: OnceCell<Fields>,
}

impl VersionFields {
    /// The fields.
    pub fn get(&self) -> &Fields {
        self.read.get_or_init(|| {
            let kept = self.kept.take().unwrap_or_default();
            let fields: Vec<(String, Value)> =
                from_own_cbor(&kept, kept.len(), "fields").unwrap_or_default();
            fields.into_iter().collect()
        })
    }

    /// As they are kept.
    fn to_kept(&self) -> Vec<u8> {
        if let Some(kept) = self.kept.take() {
            let copy = kept.to_vec();
            self.kept.set(Some(kept));
            return copy;
        }
        let fields: Vec<(&String, &Value)> = self.get().iter().collect();
        to_cbor(&fields)
    }
}

impl From<Fields> for VersionFields {
    fn from(fields: Fields) -> Self {
        Self {
            kept: Cell::new(None),
            read: OnceCell::from(fields),
        }
    }
}

impl Clone for VersionFields {
    fn clone(&self) -> Self {
        match self.read.get() {
            Some(fields) => Self::from(fields.clone()),
            None => Self {
                kept: Cell::new(Some(self.to_kept().into())),
                read: OnceCell::new(),
            },
        }
    }
}

impl<C> minicbor::Encode<C> for VersionFields {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let kept = self.to_kept();
        encoder
            .writer_mut()
            .write_all(&kept)
            .map_err(minicbor::encode::Error::write)
    }
}

impl<'b, C> minicbor::Decode<'b, C> for VersionFields {
    fn decode(
        decoder: &mut minicbor::Decoder<'b>,
        _: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        let start = decoder.position();
        decoder.skip()?;
        let kept = decoder.input().get(start..decoder.position());
        Ok(Self {
            kept: Cell::new(Some(kept.unwrap_or_default().into())),
            read: OnceCell::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        [
            ("title".to_owned(), Value::Text("Dvořák".to_owned())),
            ("urgent".to_owned(), Value::Bool(true)),
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn what_was_kept_is_the_same_read_or_unread() {
        let row = vec![Some(VersionFields::from(fields())), None];
        let kept = to_cbor(&row);
        // The form that was kept before fields were read late.
        let as_list = |fields: Fields| fields.into_iter().collect::<Vec<(String, Value)>>();
        assert_eq!(kept, to_cbor(&vec![Some(as_list(fields())), None]));
        let again: Vec<Option<VersionFields>> = from_own_cbor(&kept, kept.len(), "row").unwrap();
        assert_eq!(to_cbor(&again), kept);
        let unread = again[0].clone().unwrap();
        assert_eq!(unread.get(), &fields());
        assert_eq!(again[0].as_ref().unwrap().get(), &fields());
        assert_eq!(again[0].clone().unwrap().get(), &fields());
        assert!(again[1].is_none());
        assert_eq!(to_cbor(&again), kept);
    }
}
