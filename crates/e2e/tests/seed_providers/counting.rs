//! What guests use of a language model is counted: in the budget of the day, whatever becomes of the database or the server.

use super::*;

#[tokio::test]
async fn what_guests_use_is_counted_and_ends_with_the_budget_of_the_day() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| {
        vec![send(HEAD), send(delta("Tea.") + &finish("stop") + &usage(300, 100) + DONE)]
    })?;
    let server = Server::start_with(options(&upstream))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let guest = Person::stranger(&server)?;
    let used = async || -> Result<Value> { Ok(ada.json("/api/usage/").await?["guests"].clone()) };
    ensure!(ask(&guest, "When?").await?.status == StatusCode::SEE_OTHER);
    let counted =
        until("what a guest used", || async { Some(used().await.ok()?[0].clone()).filter(Value::is_object) });
    let counted = counted.await?;
    ensure!(counted["input"] == 300 && counted["output"] == 100, "{counted}");
    let page = ada.get("/admin/usage/").await?.text().await?;
    ensure!(page.contains("Guests") && page.contains("300"), "{page}");

    let budget = |day: u64| Some(Body::Json(json!({ "day": day })));
    ensure!(ada.ask("PUT", "/api/budgets/", budget(1_300)).await?.status().is_success());
    let refused = ask(&guest, "And now?").await?;
    ensure!(refused.status == StatusCode::SERVICE_UNAVAILABLE && !refused.keeps, "{}", refused.status);
    ensure!(upstream.calls().len() == 1, "the provider was not asked");
    ensure!(ada.ask("PUT", "/api/budgets/", budget(10_000)).await?.status().is_success());
    ensure!(ask(&guest, "And now?").await?.status == StatusCode::SEE_OTHER, "there is room again");
    Ok(())
}

/// Guests need no database and do not wait for one; what they use is counted when it is back.
#[tokio::test]
async fn s0_5_guests_are_answered_while_the_database_hangs_and_counted_when_it_is_back() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| {
        vec![send(HEAD), send(delta("Tea.") + &finish("stop") + &usage(300, 100) + DONE)]
    })?;
    let mut postgres = Postgres::start()?;
    let server = Server::start_with(options(&upstream).set("DATABASE_URL", &postgres.url()))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let guest = Person::stranger(&server)?;
    let counted = async |input: i64| {
        until("what guests used to be counted", || async {
            let usage = ada.json("/api/usage/").await.ok()?;
            (usage["guests"][0]["input"] == input).then_some(())
        })
        .await
    };
    ensure!(ask(&guest, "When?").await?.status == StatusCode::SEE_OTHER);
    counted(300).await?;
    postgres.freeze()?;
    let begun = Instant::now();
    let asked = ask(&guest, "And now?").await;
    let took = begun.elapsed();
    let waited = until("the counting to be given up", || async {
        server.log().contains("counted later").then_some(())
    });
    let waited = waited.await;
    // Killed and not thawed, or it would read what waits for it.
    postgres.kill()?;
    postgres.restart()?;
    ensure!(asked?.status == StatusCode::SEE_OTHER && took < Duration::from_secs(8), "{took:?}");
    waited?;
    ensure!(ask(&guest, "And then?").await?.status == StatusCode::SEE_OTHER);
    counted(900).await
}

/// What guests used, as ada reads it as soon as the server answers.
async fn counted(ada: &Person) -> Result<Value> {
    until("the usage", || async { Some(ada.json("/api/usage/").await.ok()?["guests"].clone()) }).await
}

/// What somebody has read the answer to is counted, whatever happens next; and a guest waits for that no longer than a moment.
#[tokio::test]
async fn what_a_guest_used_is_counted_before_the_answer_goes_out_so_a_killed_server_loses_none_of_it()
-> Result<()> {
    let upstream = Upstream::start_with(|_, _| {
        vec![send(HEAD), send(delta("Tea.") + &finish("stop") + &usage(300, 100) + DONE)]
    })?;
    let postgres = Postgres::start()?;
    let mut server = Server::start_with(options(&upstream).set("DATABASE_URL", &postgres.url()))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let guest = Person::stranger(&server)?;
    let counting_takes = |seconds: &str| {
        postgres.execute(&format!(
            "CREATE OR REPLACE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END';
             CREATE OR REPLACE TRIGGER slow BEFORE INSERT ON guest_usage FOR EACH ROW EXECUTE FUNCTION slowly()"
        ))
    };
    // A server process that is gone does not end its last statement there: this does, as a machine that is gone would have.
    let cut_off = || {
        postgres
            .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    };
    counting_takes("0.2")?;
    ensure!(ask(&guest, "When?").await?.status == StatusCode::SEE_OTHER);
    server.kill()?;
    cut_off()?;
    server.restart()?;
    let used = counted(&ada).await?;
    ensure!(used[0]["input"] == 300, "{used}");

    counting_takes("600")?;
    let begun = Instant::now();
    ensure!(ask(&guest, "And now?").await?.status == StatusCode::SEE_OTHER);
    ensure!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    ensure!(counted(&ada).await? == used, "it is not counted yet");
    cut_off()?;
    Ok(())
}

/// What could not be counted is not left for a guest who may never come.
#[tokio::test]
async fn what_guests_used_while_the_database_was_away_is_counted_when_the_server_is_stopped() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| {
        vec![send(HEAD), send(delta("Tea.") + &finish("stop") + &usage(300, 100) + DONE)]
    })?;
    let mut postgres = Postgres::start()?;
    let mut server = Server::start_with(options(&upstream).set("DATABASE_URL", &postgres.url()))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let guest = Person::stranger(&server)?;
    postgres.stop()?;
    ensure!(ask(&guest, "When?").await?.status == StatusCode::SEE_OTHER);
    until("the counting to fail", || async { server.log().contains("counted later").then_some(()) }).await?;
    postgres.restart()?;
    ensure!(counted(&ada).await? == json!([]), "nothing is counted yet");
    ensure!(server.stop()?.success());
    server.restart()?;
    let used = counted(&ada).await?;
    ensure!(used[0]["input"] == 300 && used[0]["output"] == 100, "{used}");
    Ok(())
}
