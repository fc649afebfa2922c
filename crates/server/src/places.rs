//! A bounded number of connections for each address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};
use strongroom_api::{Network, PeerAddress};

/// Connections that are open, by address.
pub struct AddressPlaces {
    most: usize,
    open: Arc<Mutex<HashMap<Network, usize>>>,
}

impl AddressPlaces {
    /// At most `most` for each address; 0 sets no limit.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            open: Arc::default(),
        }
    }

    /// A place for one connection, held until it is dropped; `None` when all are taken.
    pub fn take(&self, address: IpAddr) -> Option<AddressPlace> {
        let network = PeerAddress(address).network();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(network).or_default();
        if self.most > 0 && *count >= self.most {
            return None;
        }
        *count += 1;
        Some(AddressPlace {
            open: Arc::clone(&self.open),
            network,
        })
    }
}

/// The place of one connection.
pub struct AddressPlace {
    open: Arc<Mutex<HashMap<Network, usize>>>,
    network: Network,
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_takes_its_own_places_only() {
        let places = AddressPlaces::new(2);
        let here: IpAddr = "192.0.2.1".parse().unwrap();
        let there: IpAddr = "192.0.2.2".parse().unwrap();
        let held = [places.take(here).unwrap(), places.take(here).unwrap()];
        assert!(places.take(here).is_none());
        assert!(places.take(there).is_some());
        drop(held);
        assert!(places.take(here).is_some());
        assert!(places.open.lock().unwrap().is_empty());
    }
}
