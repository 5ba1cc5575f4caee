//! The promises on SQLite, and what only SQLite can break.

use domain::{
    access::Admin,
    audit::{Act, Deed},
};
use std::{os::unix::fs::PermissionsExt, sync::Arc};
use store::{
    FirstAdmin, Lanes, Messages, Moderation, People, Store, StoreError, conformance::Scene, sqlite::Sqlite,
};
use tempfile::TempDir;

async fn fresh() -> (Arc<dyn Store>, TempDir) {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    (Arc::new(Sqlite::open(&directory.path().join("t.db")).expect("a new database can be opened")), directory)
}

store::conformance!(fresh);

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let (_store, directory) = fresh().await;
    let connection = rusqlite::Connection::open(directory.path().join("t.db")).unwrap();
    for sql in store::sqlite::statements() {
        connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

#[tokio::test]
async fn the_file_is_nobody_elses_and_its_commits_are_durable() {
    let (store, directory) = fresh().await;
    let mode = std::fs::metadata(directory.path().join("t.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(store.durability_fault().await.unwrap(), None);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let (store, directory) = fresh().await;
    drop(store);
    let path = directory.path().join("t.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("INSERT INTO migrations VALUES (99, 'x')", []).unwrap();
    let error = Sqlite::open(&path).err().unwrap().to_string();
    assert!(error.contains("99") && error.contains("newer"), "{error}");
}

#[tokio::test]
async fn a_migration_that_was_changed_after_it_ran_is_refused() {
    let (store, directory) = fresh().await;
    drop(store);
    let path = directory.path().join("t.db");
    assert!(Sqlite::open(&path).is_ok(), "as it is, it is taken");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE migrations SET checksum = 'another' WHERE number = 1", []).unwrap();
    let error = Sqlite::open(&path).err().unwrap().to_string();
    assert!(error.contains("migration 1") && error.contains("changed"), "{error}");
}

#[test]
fn migrations_exist_in_pairs() {
    let names = |back_end: &str| {
        let directory = format!("{}/migrations/{back_end}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
}

#[tokio::test]
async fn a_full_disk_is_said_clearly_reading_goes_on_and_writing_too_once_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(Sqlite::open(&directory.path().join("t.db")).unwrap());
    let scene = Scene::new(store.clone());
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", domain::rooms::RoomKind::Public).await;
    scene.say(&ada, &tea, "before").await;
    store.limit_pages(Some(2)).await.unwrap();
    let writer = scene.writer(&ada, &tea).await;
    let long = "x".repeat(9_000);
    let draft = || domain::messages::Draft::new(&long, None, None).unwrap();
    let mut full = None;
    for _ in 0..20 {
        if let Err(error) = store.post(&writer, draft(), scene.now()).await {
            full = Some(error);
            break;
        }
    }
    assert!(matches!(&full, Some(StoreError::Unavailable(why)) if why.contains("full")), "{full:?}");
    assert!(!store.page(&writer, store::PageAt::Latest, 50).await.unwrap().messages.is_empty());
    assert!(store.person_by_name("ada").await.unwrap().is_some());
    store.limit_pages(None).await.unwrap();
    store.post(&writer, draft(), scene.now()).await.unwrap();
    assert!(store.heads(&[domain::events::Lane::Room(tea.id)]).await.unwrap()[0].seq.0 > 2);
}

#[tokio::test]
async fn what_is_erased_is_in_the_files_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(Sqlite::open(&directory.path().join("t.db")).unwrap());
    let scene = Scene::new(store.clone());
    let root = scene.account("root", FirstAdmin::Yes).await.unwrap();
    let by = Admin::grant(&root).unwrap();
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", domain::rooms::RoomKind::Public).await;
    // Long enough for pages of its own, and each version for others.
    let long = |word: &str| word.repeat(2_000);
    let bad = scene.say(&ada, &tea, &long("xyzzy")).await;
    let writer = scene.writer(&ada, &tea).await;
    store.edit(&writer, bad.id, &long("plugh"), scene.now()).await.unwrap();
    let short = scene.say(&ada, &tea, "a short quuux").await;
    let kept = scene.say(&ada, &tea, "a word that is kept").await;
    let holds = |word: &str| {
        let files = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path());
        let files: Vec<_> = files.filter(|path| !path.to_string_lossy().ends_with("-shm")).collect();
        files.iter().any(|path| {
            std::fs::read(path).unwrap().windows(word.len()).any(|bytes| bytes == word.as_bytes())
        })
    };
    assert!(holds("xyzzy") && holds("plugh") && holds("quuux"));
    for id in [bad.id, short.id] {
        store.erase(&Deed::new(&by, Act::EraseMessage, id, ""), id, scene.now()).await.unwrap();
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while holds("xyzzy") || holds("plugh") || holds("quuux") {
        assert!(std::time::Instant::now() < deadline, "the bytes stay in the files");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(holds("a word that is kept"), "the others stay");
    assert_eq!(store.message(&writer, kept.id).await.unwrap().unwrap().content, "a word that is kept");
}
