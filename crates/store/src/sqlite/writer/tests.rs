use super::*;
use std::sync::mpsc;
use tempfile::TempDir;

/// A writer over a table of notes.
fn desk() -> (Writer, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    let connection = database::writing(&path).unwrap();
    connection.execute_batch("CREATE TABLE notes (text TEXT PRIMARY KEY)").unwrap();
    (Writer::start(connection, &path).unwrap(), directory)
}

fn note(text: &'static str) -> impl FnOnce(&Connection) -> Result<()> + Send {
    move |db| Ok(db.execute("INSERT INTO notes VALUES (?1)", [text]).map(|_| ())?)
}

async fn notes(writer: &Writer) -> String {
    let all = writer.run(|db| {
        Ok(db.query_row("SELECT group_concat(text, ' ' ORDER BY text) FROM notes", [], |row| row.get(0))?)
    });
    all.await.unwrap()
}

/// Keeps the writer at one unit until it is let go, so that what comes meanwhile is committed together.
fn hold(writer: &Writer) -> (mpsc::Sender<()>, impl Future<Output = Result<()>> + '_) {
    let (go, wait) = mpsc::channel();
    let (begun, is_begun) = mpsc::channel();
    let mut holding = Box::pin(writer.run(move |_| {
        begun.send(()).unwrap();
        wait.recv().map_err(|error| StoreError::Bug(error.to_string()))
    }));
    // The first poll puts it into the queue.
    assert!(futures_now(holding.as_mut()).is_none());
    is_begun.recv().unwrap();
    (go, holding)
}

/// What a future gives without being waited for.
fn futures_now<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

#[tokio::test]
async fn one_that_fails_takes_no_neighbour_with_it() {
    let (writer, _directory) = desk();
    writer.run(note("ada")).await.unwrap();
    let (go, holding) = hold(&writer);
    let together = async {
        tokio::join!(biased; writer.run(note("bob")), writer.run(note("ada")), writer.run(note("cyd")), async { go.send(()).unwrap() })
    };
    let (held, (bob, ada, cyd, ())) = tokio::join!(biased; holding, together);
    assert!(held.is_ok() && bob.is_ok() && cyd.is_ok());
    assert!(ada.is_err(), "there is an ada already");
    assert_eq!(notes(&writer).await, "ada bob cyd");
}

#[tokio::test]
async fn one_that_panics_leaves_nothing_behind_and_the_writer_goes_on() {
    let (writer, _directory) = desk();
    let panicking = writer.run(|db| -> Result<()> {
        db.execute("INSERT INTO notes VALUES ('half')", [])?;
        panic!("a defect")
    });
    let answer = panicking.await;
    assert!(matches!(&answer, Err(StoreError::Bug(why)) if why.contains("a defect")), "{answer:?}");
    writer.run(note("whole")).await.unwrap();
    assert_eq!(notes(&writer).await, "whole");
}

#[tokio::test]
async fn when_the_transaction_is_lost_everyone_in_it_hears_that_and_nothing_else() {
    let (writer, _directory) = desk();
    let (go, holding) = hold(&writer);
    let lost = |db: &Connection| Ok(db.execute_batch("ROLLBACK")?);
    let together = async {
        tokio::join!(biased;
            writer.run(note("bob")), writer.run(|_| Err::<(), _>(StoreError::Conflict("taken by bob"))), writer.run(lost),
            async { go.send(()).unwrap() })
    };
    let (_, (bob, conflict, lost, ())) = tokio::join!(biased; holding, together);
    for answer in [bob, conflict, lost] {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    writer.run(note("after")).await.unwrap();
    assert_eq!(notes(&writer).await, "after");
}

#[tokio::test]
async fn a_full_queue_says_so_and_empties() {
    let (writer, _directory) = desk();
    let (go, holding) = hold(&writer);
    let mut waiting: Vec<_> =
        (0..limits::WRITER_QUEUE_MAX).map(|_| Box::pin(writer.run(|_| Ok(())))).collect();
    for one in &mut waiting {
        assert!(futures_now(one.as_mut()).is_none());
    }
    let refused = writer.run(|_| Ok(())).await;
    assert!(matches!(&refused, Err(StoreError::Unavailable(why)) if why.contains("8192")), "{refused:?}");
    go.send(()).unwrap();
    holding.await.unwrap();
    for one in waiting {
        one.await.unwrap();
    }
    writer.run(|_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn checked_work_that_is_refused_takes_no_neighbour_with_it() {
    let (writer, _directory) = desk();
    writer.run(note("ada")).await.unwrap();
    let (go, holding) = hold(&writer);
    let together = async {
        tokio::join!(biased; writer.run_checked(note("bob")), writer.run_checked(note("ada")), writer.run_checked(note("cyd")), async { go.send(()).unwrap() })
    };
    let (held, (bob, ada, cyd, ())) = tokio::join!(biased; holding, together);
    assert!(held.is_ok() && bob.is_ok() && cyd.is_ok());
    assert!(ada.is_err(), "there is an ada already");
    assert_eq!(notes(&writer).await, "ada bob cyd");
}

#[tokio::test]
async fn checked_work_that_fails_half_done_leaves_nothing_of_the_transaction() {
    let (writer, _directory) = desk();
    let (go, holding) = hold(&writer);
    let half = |db: &Connection| -> Result<()> {
        db.execute("INSERT INTO notes VALUES ('ada')", [])?;
        Err(StoreError::NotFound("room"))
    };
    let together = async {
        tokio::join!(biased; writer.run(note("bob")), writer.run_checked(half), writer.run(note("cyd")), async { go.send(()).unwrap() })
    };
    let (held, (bob, ada, cyd, ())) = tokio::join!(biased; holding, together);
    assert!(held.is_ok(), "it was alone in the one before");
    for outcome in [bob, ada, cyd] {
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    }
    writer.run(note("dan")).await.unwrap();
    assert_eq!(notes(&writer).await, "dan", "the next is none the worse");
}
