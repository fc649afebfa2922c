//! Files of records, on the core's side: what the log says of them, and the entries that change
//! it. Bytes are moved by [`crate::transfer`], which does not hold the core.

mod edit;
mod job;
mod kept;
mod leases;
mod links;
mod list;
mod log;
mod read;
mod target;
mod upload;

pub(crate) use edit::Change;
pub(crate) use job::{CopyOf, Job, journal_part, keeper_of};
pub(crate) use kept::{keep, load};
pub(crate) use links::{LinkOpened, LinkOptions};
pub(crate) use list::FileQuery;
pub(crate) use log::{FileLog, Origin, Outcome};
pub(crate) use read::Readable;
pub(crate) use target::{Begun, NewUpload};
pub(crate) use upload::Finish;
