//! Files on their way to the server, part by part.

use crate::{
    people::Person,
    wire::{Answer, Request},
    world::World,
};
use strongroom_format::{transport::Append, vault_payload::VaultPayload};
use strongroom_types::{limits::PART_PLAIN_BYTES, *};
use strongroom_vault::file::{FileDetails, FileSealer, NewRevision, SealedFile};
use strongroom_wire::{CHECKSUM_HEADER, UploadStart};

pub struct Upload {
    pub new: NewRevision,
    pub sealed: SealedFile,
    pub parts: Vec<Vec<u8>>,
    pub leaves: Vec<u8>,
}

impl Upload {
    pub fn start(&self) -> UploadStart {
        UploadStart {
            file: self.new.file,
            revision: self.new.revision,
            record: self.new.record,
            sealed_length: self.sealed.manifest().sealed_length,
        }
    }

    pub fn path(&self, vault: VaultId) -> String {
        format!("/v1/vaults/{vault}/uploads/{}", self.new.revision)
    }

    pub fn content_path(&self, vault: VaultId, what: &str) -> String {
        let (file, revision) = (self.new.file, self.new.revision);
        format!("/v1/vaults/{vault}/files/{file}/revisions/{revision}/{what}")
    }
}

impl World {
    pub fn seal_file(&self, person: &Person, vault: VaultId, plain: &[u8]) -> Upload {
        let mut rng = self.rng();
        let new = NewRevision {
            file: FileId::make(&mut rng),
            revision: RevisionId::make(&mut rng),
            record: RecordId::make(&mut rng),
            parents: Vec::new(),
            true_length: plain.len() as u64,
        };
        let mut sealer =
            FileSealer::begin(person.session.tenant, vault, new.clone(), &mut rng).unwrap();
        let (mut parts, mut leaves) = (Vec::new(), Vec::new());
        let mut pieces = plain.chunks(PART_PLAIN_BYTES);
        for number in 0..sealer.geometry().part_count {
            let mut part = pieces.next().unwrap_or_default().to_vec();
            sealer.seal_part(number, &mut part, &mut leaves).unwrap();
            parts.push(part);
        }
        let details = FileDetails {
            name: "scan.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            thumbnail: None,
            conflict: false,
            created_ms: self.clock.now_ms(),
        };
        let sealed = sealer.finish(details, &mut leaves).unwrap();
        Upload {
            new,
            sealed,
            parts,
            leaves,
        }
    }

    pub fn start_upload(&self, person: &Person, vault: VaultId, upload: &Upload) -> Request {
        let path = format!("/v1/vaults/{vault}/uploads");
        self.json("POST", &path, person.token(), &upload.start())
    }

    pub fn put(&self, person: &Person, path: &str, bytes: &[u8]) -> Request {
        self.write("PUT", path, person.token())
            .header(CHECKSUM_HEADER, format!("{:08x}", crc32c::crc32c(bytes)))
            .body("application/octet-stream", bytes)
    }

    pub fn put_part(
        &self,
        person: &Person,
        vault: VaultId,
        upload: &Upload,
        number: usize,
    ) -> Request {
        let path = format!("{}/parts/{number}", upload.path(vault));
        self.put(person, &path, &upload.parts[number])
    }

    pub fn put_tree(&self, person: &Person, vault: VaultId, upload: &Upload) -> Request {
        let path = format!("{}/tree/0", upload.path(vault));
        self.put(person, &path, &upload.leaves)
    }

    pub async fn put_all(&self, person: &Person, vault: VaultId, upload: &Upload) {
        self.ask(&self.start_upload(person, vault, upload))
            .await
            .ok();
        for number in 0..upload.parts.len() {
            self.ask(&self.put_part(person, vault, upload, number))
                .await
                .ok();
        }
        self.ask(&self.put_tree(person, vault, upload)).await.ok();
    }

    /// The entry that ends an upload.
    pub async fn finish_upload(&self, person: &Person, vault: VaultId, upload: &Upload) -> Answer {
        let seat = self.seat(person, vault).await;
        let mut author = seat.author(person);
        let keyring = seat.machine.keyring();
        let payload = upload
            .sealed
            .payload(keyring, author.place(), 0, &mut self.rng())
            .unwrap();
        let entry = author.append(&VaultPayload::File(payload));
        self.append(person, vault, &Append::of(vec![entry])).await
    }

    pub async fn put_file(&self, person: &Person, vault: VaultId, plain: &[u8]) -> Upload {
        let upload = self.seal_file(person, vault, plain);
        self.put_all(person, vault, &upload).await;
        self.finish_upload(person, vault, &upload).await.ok();
        upload
    }
}
