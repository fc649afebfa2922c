//! Threads that open and close encrypted databases at the same time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rusqlite::OpenFlags;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::time::Duration;
use strongroom_sqlcipher::open_keyed;

/// Without the wait for SQLCipher's set-up in [`open_keyed`], one process in a hundred or two
/// loses the race for the first open: so many make the test fail then.
const BATCHES: usize = 150;
const AT_ONCE: usize = 8;
/// Set in the processes that the test starts.
const CHILD: &str = "STRONGROOM_TEST_FIRST_OPEN";

/// `work` on so many threads that begin together.
fn together(threads: u8, work: impl Fn(u8) + Sync) {
    let start = Barrier::new(usize::from(threads));
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                start.wait();
                work(thread);
            });
        }
    });
}

fn open(path: &Path, thread: u8) -> rusqlite::Connection {
    let busy = Duration::from_secs(5);
    open_keyed(path, &[thread; 32], OpenFlags::default(), busy).unwrap()
}

/// The first connections of a process, opened by several threads at once.
#[test]
fn the_first_open_of_a_process() {
    if std::env::var_os(CHILD).is_some() {
        together(16, |thread| drop(open(Path::new(":memory:"), thread)));
        return;
    }
    let mut failed = 0;
    for _ in 0..BATCHES {
        let batch: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "the_first_open_of_a_process"])
                    .env(CHILD, "1")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for mut child in batch {
            failed += u32::from(!child.wait().unwrap().success());
        }
    }
    assert_eq!(failed, 0, "of {} processes", BATCHES * AT_ONCE);
}

/// The last connection closes while another one opens, over and over.
#[test]
fn close_while_others_open() {
    let folder = tempfile::tempdir().unwrap();
    together(8, |thread| {
        for _ in 0..40 {
            open(&folder.path().join(format!("{thread}.db")), thread)
                .execute_batch("CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (1)")
                .unwrap();
        }
    });
}
