//! The two exchanges by which a server gets to know a passphrase without seeing it, between their
//! messages: whoever talks to the server sends the bytes and brings its answers.

use crate::passphrase::Passphrase;
use strongroom_crypto::Rng;
use strongroom_crypto::opaque::{
    ClientLogin, ClientRegistration, ExportKey, Identifiers, OpaqueError,
};

/// What client and server bind a login to (`spec/http.md`).
const CONTEXT: &[u8] = b"strongroom/opaque/1";
/// Length of a login's last message.
const FINALIZATION_BYTES: usize = 64;

/// A login between its two messages.
pub struct Login<'a> {
    state: ClientLogin,
    passphrase: &'a Passphrase,
}

impl<'a> Login<'a> {
    /// Begins; the bytes go to the server.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn start(
        passphrase: &'a Passphrase,
        rng: &mut dyn Rng,
    ) -> Result<(Self, Vec<u8>), OpaqueError> {
        let (state, request) = ClientLogin::start(passphrase.danger_bytes(), rng)?;
        Ok((Self { state, passphrase }, request))
    }

    /// Ends with the server's answer. The bytes go to the server in any case: it learns of a wrong
    /// passphrase too, so that its lock-out counts.
    pub fn finish(
        self,
        response: &[u8],
        rng: &mut dyn Rng,
    ) -> (Vec<u8>, Result<ExportKey, OpaqueError>) {
        let words = self.passphrase.danger_bytes();
        let finish = self
            .state
            .finish(words, response, CONTEXT, &Identifiers::default(), rng);
        match finish {
            Ok(finish) => (finish.finalization, Ok(finish.export_key)),
            Err(error) => (vec![0; FINALIZATION_BYTES], Err(error)),
        }
    }
}

/// A registration between its two messages.
pub struct Registration<'a> {
    state: ClientRegistration,
    passphrase: &'a Passphrase,
}

impl<'a> Registration<'a> {
    /// Begins; the bytes go to the server.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn start(
        passphrase: &'a Passphrase,
        rng: &mut dyn Rng,
    ) -> Result<(Self, Vec<u8>), OpaqueError> {
        let (state, request) = ClientRegistration::start(passphrase.danger_bytes(), rng)?;
        Ok((Self { state, passphrase }, request))
    }

    /// Ends with the server's answer: the upload for the server, and the export key.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn finish(
        self,
        response: &[u8],
        rng: &mut dyn Rng,
    ) -> Result<(Vec<u8>, ExportKey), OpaqueError> {
        let words = self.passphrase.danger_bytes();
        self.state
            .finish(words, response, &Identifiers::default(), rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DangerSeededRng;
    use strongroom_crypto::opaque::{
        ServerSetup, server_login_finish, server_login_start, server_register_finish,
        server_register_start,
    };

    #[test]
    fn a_login_gives_the_key_of_the_registration_and_a_wrong_passphrase_is_told_to_the_server() {
        let mut rng = DangerSeededRng::new(77);
        let setup = ServerSetup::make(&mut rng);
        let right = Passphrase::new("lantern orbit gravel").unwrap();
        let (registration, request) = Registration::start(&right, &mut rng).unwrap();
        let answer = server_register_start(&setup, &request, b"credential").unwrap();
        let (upload, registered) = registration.finish(&answer, &mut rng).unwrap();
        let record = server_register_finish(&upload).unwrap();

        let nobody = Identifiers::default();
        let wrong = Passphrase::new("lantern orbit grovel").unwrap();
        for (passphrase, fits) in [(&right, true), (&wrong, false)] {
            let (login, request) = Login::start(passphrase, &mut rng).unwrap();
            let (state, answer) = server_login_start(
                &setup,
                Some(&record),
                &request,
                b"credential",
                CONTEXT,
                &nobody,
                &mut rng,
            )
            .unwrap();
            let (finalization, key) = login.finish(&answer, &mut rng);
            let told = server_login_finish(state, &finalization, CONTEXT, &nobody);
            if fits {
                assert_eq!(key.unwrap().danger_bytes(), registered.danger_bytes());
                assert!(told.is_ok());
            } else {
                assert_eq!(key.err(), Some(OpaqueError::WrongPassphrase));
                assert_eq!(told.err(), Some(OpaqueError::WrongPassphrase));
            }
        }
    }
}
