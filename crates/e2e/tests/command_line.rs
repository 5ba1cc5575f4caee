//! The binary as its keeper uses it.

use anyhow::{Context, Result, ensure};
use e2e::{Options, Person, Server, run};

#[tokio::test]
async fn a_room_made_beside_a_running_server_is_there_at_once() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let data = server.directory().join("data");
    let settings = [("TERTULIA_DATA_DIR", data.to_str().context("a path in UTF-8")?)];
    let made = run(&["room", "create", "--name", "Tea & Cake"], &settings)?;
    ensure!(made.trim() == "/rooms/tea-cake/", "{made}");
    ensure!(ada.get("/rooms/tea-cake/").await?.status().is_success());
    ensure!(run(&["room", "list"], &settings)?.contains("tea-cake"));

    run(&["room", "create", "--name", "Secret", "--private"], &settings)?;
    ensure!(ada.get("/rooms/secret/").await?.status() == 404);
    Ok(())
}

#[tokio::test]
async fn somebody_deactivated_is_out_and_the_others_are_not() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let data = server.directory().join("data");
    run(&["user", "deactivate", "bob"], &[("TERTULIA_DATA_DIR", data.to_str().context("a path in UTF-8")?)])?;
    e2e::until("bob to be out", || async {
        bob.get("/api/me/").await.ok().filter(|answer| answer.status() == 401)
    })
    .await?;
    ensure!(Person::log_in(&server, "bob").await.is_err());
    ensure!(ada.get("/api/me/").await?.status().is_success());
    Ok(())
}

#[tokio::test]
async fn a_token_made_beside_a_running_server_opens_it_until_it_is_revoked_there() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.ask("POST", "/api/rooms/", Some(e2e::Body::Json(serde_json::json!({ "name": "Tea" })))).await?;
    let data = server.directory().join("data");
    let settings = [("TERTULIA_DATA_DIR", data.to_str().context("a path in UTF-8")?)];
    let make = ["token", "create", "ada", "--name", "build", "--scope", "read", "--room", "tea"];
    let secret = run(&make, &settings)?.trim().to_owned();
    let program = Person::by_token(&server, &secret)?;
    ensure!(program.get("/api/rooms/tea/messages/").await?.status().is_success());
    ensure!(program.get("/api/rooms/general/messages/").await?.status() == 404);
    ensure!(program.try_post("tea", "no", "one").await?.status() == 403);
    let listed = run(&["token", "list", "ada"], &settings)?;
    ensure!(listed.contains("\tbuild\tread\t") && !listed.contains(&secret), "{listed}");
    run(&["token", "revoke", listed.split('\t').next().context("an id")?], &settings)?;
    e2e::until("the token to be over", || async {
        program.get("/api/me/").await.ok().filter(|answer| answer.status() == 401)
    })
    .await?;
    ensure!(ada.get("/api/me/").await?.status().is_success());
    Ok(())
}

#[test]
fn the_superuser_is_made_from_the_command_line_and_a_weak_password_is_not() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let settings = [("TERTULIA_DATA_DIR", directory.path().to_str().context("a path in UTF-8")?)];
    run(&["createsuperuser", "--username", "ada", "--password", "a tertulia of friends"], &settings)?;
    ensure!(run(&["user", "list"], &settings)?.contains("ada\tadministrator"));
    let weak = run(&["createsuperuser", "--username", "bob", "--password", "9182736450918"], &settings);
    ensure!(weak.is_err_and(|error| error.to_string().contains("numeric")));
    ensure!(!run(&["user", "list"], &settings)?.contains("bob"));
    Ok(())
}

#[test]
fn the_doctor_is_content_with_a_fresh_server_and_not_with_one_that_others_can_read() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir()?;
    let settings = [("TERTULIA_DATA_DIR", directory.path().to_str().context("a path in UTF-8")?)];
    run(&["migrate"], &settings)?;
    run(&["doctor"], &settings)?;
    let database = directory.path().join("tertulia.db");
    std::fs::set_permissions(database, std::fs::Permissions::from_mode(0o644))?;
    ensure!(run(&["doctor"], &settings).is_err());
    Ok(())
}

#[test]
fn a_setting_that_makes_no_sense_is_refused_by_name() -> Result<()> {
    for (name, value) in [
        ("TIME_ZONE", "Mars/Base"),
        ("OPENAI_TEMPERATURE", "hot"),
        ("DIALOGFLOW_PROJECT_ID", "without-a-key"),
    ] {
        let refused = Server::start_with(Options::default().set(name, value));
        let refused = refused.err().with_context(|| format!("it started with {name}"))?.to_string();
        ensure!(refused.contains(name), "{refused}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_asked_to_stop_tells_its_sockets_and_ends_with_success() -> Result<()> {
    let mut server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut socket = ada.socket().await?;
    socket.next_of("hello").await?;
    let mut page = ada.get("/rooms/general/stream/").await?;
    page.chunk().await?.context("the page begins")?;
    let stopping = tokio::task::spawn_blocking(move || server.stop().map(|status| (status, server.log())));
    ensure!(socket.close_code().await? == 1012);
    let end = page.text().await?;
    ensure!(
        end.ends_with("content=\"5\">"),
        "a page without scripts comes back when somebody may answer: {end}"
    );
    let (status, log) = stopping.await??;
    ensure!(status.success(), "{status}:\n{log}");
    ensure!(log.contains("stopped"), "{log}");
    Ok(())
}

#[test]
fn a_server_says_at_start_how_many_connections_the_system_lets_it_hold() -> Result<()> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let hard: u64 =
        line.and_then(|line| line.split_whitespace().nth(1)).context("no limit of files")?.parse()?;
    // It raises its own limit from the soft one to the hard one.
    Server::start()?.await_line(&format!("may hold about {} connections", hard - 200))
}

#[tokio::test]
async fn the_log_never_holds_what_people_write() -> Result<()> {
    let server = Server::start_with(Options::default().set("LOG", "debug"))?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.post("general", "a word for bob alone", "one").await?;
    ensure!(!server.log().contains("a word for bob alone"));
    ensure!(!server.log().contains("a tertulia of friends"));
    Ok(())
}

#[test]
fn a_bot_is_measured_and_asked_on_the_command_line_and_a_broken_script_is_refused_with_its_place()
-> Result<()> {
    let directory = tempfile::tempdir()?;
    let file = |name: &str, text: &str| -> Result<String> {
        let path = directory.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.to_str().context("a path in UTF-8")?.to_owned())
    };
    let train = file(
        "train.tsv",
        "red apple\tfruit\nsweet pear\tfruit\nold car\tcar\nfast car\tcar\nblue sky\toos\n",
    )?;
    let test = file("test.tsv", "a red apple\tfruit\nan old car\tcar\nblue sky\toos\n")?;
    let figures = run(&["bot", "eval", "--train", &train, "--test", &test, "--typos", "1"], &[])?;
    ensure!(figures.contains("tried                2 in scope, 1 out of scope"), "{figures}");
    ensure!(run(&["bot", "eval", "--train", &train], &[])?.lines().count() > 5);
    let threshold = run(&["bot", "eval", "--train", &train, "--test", &test, "--threshold", "2"], &[]);
    ensure!(threshold.is_err_and(|error| error.to_string().contains("from 0 to 1")));
    let nothing = file("nothing.tsv", "blue sky\toos\n")?;
    let nothing = run(&["bot", "eval", "--train", &nothing], &[]);
    ensure!(nothing.is_err_and(|error| error.to_string().contains("there is no phrase of any intent")));
    let broken = file("bot.toml", "name = 'Ada'\nfallback.replies = ['{nobody}']\n")?;
    let broken = run(&["bot", "try", &broken], &[]);
    ensure!(broken.is_err_and(|error| error.to_string().contains("fallback, reply 1, {nobody}")));
    Ok(())
}

const KEEPER: &str = r#"
name = "The keeper"

[fallback]
replies = ["I only know the keys."]

[[intents]]
name = "keys"
phrases = ["where are the keys", "who has the keys", "I need the keys", "are the keys there"]
replies = ["On the hook by the door."]

[[intents]]
name = "thanks"
phrases = ["thank you", "thanks a lot", "many thanks"]
replies = ["Gladly."]
"#;

#[tokio::test]
async fn a_bot_that_is_imported_beside_a_running_server_answers_there_and_is_exported_as_it_came()
-> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let data = server.directory().join("data");
    let settings = [("TERTULIA_DATA_DIR", data.to_str().context("a path in UTF-8")?)];
    let script = server.directory().join("keeper.toml");
    std::fs::write(&script, KEEPER)?;
    let script = script.to_str().context("a path in UTF-8")?;
    ensure!(run(&["bot", "import", "keeper", script], &settings)?.contains("Made keeper"));
    ensure!(run(&["bot", "list"], &settings)?.contains("\tkeeper\tintents\tmentioned\tThe keeper"));
    let exported = run(&["bot", "export", "keeper"], &settings)?;
    ensure!(exported.contains("On the hook by the door.") && exported.contains("who has the keys"));

    let invited = e2e::Body::Json(serde_json::json!({ "username": "keeper" }));
    let invited = ada.ask("POST", "/api/rooms/general/members/", Some(invited)).await?;
    ensure!(invited.status().is_success(), "{}", invited.text().await?);
    ada.post("general", "where are the keys", "one").await?;
    ada.post("general", "@keeper where are the keys?", "two").await?;
    let said = e2e::until("an answer", || async {
        let messages = ada.messages("general").await.ok()?;
        let said: Vec<_> = messages.into_iter().filter(|message| message["username"] == "keeper").collect();
        (!said.is_empty()).then_some(said)
    });
    let said = said.await?;
    ensure!(said.len() == 1 && said[0]["content"] == "On the hook by the door.", "{said:#?}");

    let nobody = run(&["bot", "export", "nobody"], &settings);
    ensure!(nobody.is_err_and(|error| error.to_string().contains("no bot is called \"nobody\"")));
    let mind = run(&["bot", "create", "--username", "sage", "--mind", "oracle"], &settings);
    ensure!(mind.is_err_and(|error| error.to_string().contains("--mind oracle")));
    Ok(())
}

#[tokio::test]
async fn the_first_bot_may_be_made_before_the_first_start_and_sits_in_general_all_the_same() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let settings = [("TERTULIA_DATA_DIR", directory.path().to_str().context("a path in UTF-8")?)];
    ensure!(run(&["bot", "list"], &settings)?.is_empty(), "no line for no bot");
    let script = directory.path().join("keeper.toml");
    std::fs::write(&script, KEEPER)?;
    run(&["bot", "import", "tertulia", script.to_str().context("a path in UTF-8")?], &settings)?;
    let server = Server::start_with(Options { data: Some(directory.path().into()), ..Options::default() })?;
    let ada = Person::sign_up(&server, "ada").await?;
    let asked = ada.ask_bot("general", "where are the keys?", "one").await?;
    ensure!(ada.answer_to("general", asked).await?["content"] == "On the hook by the door.");
    ensure!(run(&["bot", "list"], &settings)?.lines().count() == 1, "there is no other");
    Ok(())
}
