//! The pages of the polling system: the list of rooms, and what a room's page holds (S2.2, S2.3, S2.8, S2.10).

use anyhow::{Context, Result, ensure};
use e2e::{Options, Person, Server};

#[tokio::test]
async fn s2_2_and_s2_3_the_list_names_the_room_and_its_page_holds_the_last_25() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    ensure!(ada.get("/rooms/").await?.text().await?.contains("/rooms/general/"));
    for number in 1..=30 {
        ada.post("general", &format!("line-{number}."), &number.to_string()).await?;
    }
    let page = ada.get("/rooms/general/").await?.text().await?;
    let place = |number: i32| page.find(&format!("line-{number}."));
    ensure!(place(5).is_none() && place(6).is_some(), "the 25 last are in the page");
    ensure!(place(6) < place(30), "the oldest stands on top");
    Ok(())
}

#[tokio::test]
async fn s2_8_a_page_tells_ones_own_messages_from_those_of_others() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let said = ada.post("general", "hello", "one").await?;
    let mark = format!("data-author=\"{}\"", said["author"]["id"]);
    for person in [&ada, &bob] {
        ensure!(person.get("/rooms/general/").await?.text().await?.contains(&mark), "{}", person.name);
    }
    Ok(())
}

#[tokio::test]
async fn s2_10_the_page_links_to_the_messages_before_it_until_there_are_none() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    for number in 1..=30 {
        ada.post("general", &format!("line-{number}."), &number.to_string()).await?;
    }
    let page = ada.get("/rooms/general/").await?.text().await?;
    let link = page.split("/rooms/general/?before=").nth(1).and_then(|rest| rest.split('"').next());
    let older = ada.get(&format!("/rooms/general/?before={}", link.context("a link to older ones")?)).await?;
    let older = older.text().await?;
    ensure!(older.contains("line-1.") && older.contains("line-5.") && !older.contains("line-6."));
    ensure!(!older.contains("/rooms/general/?before="), "before the first there are none");
    Ok(())
}

#[tokio::test]
async fn s2_3_how_many_messages_a_page_holds_can_be_configured() -> Result<()> {
    let server = Server::start_with(Options::default().set("PAGE_MESSAGES", "3"))?;
    let ada = Person::sign_up(&server, "ada").await?;
    for number in 1..=5 {
        ada.post("general", &format!("line-{number}."), &number.to_string()).await?;
    }
    let page = ada.get("/rooms/general/").await?.text().await?;
    ensure!(page.contains("line-3.") && page.contains("line-5.") && !page.contains("line-2."), "{page}");
    let all = ada.json("/rooms/general/messages/").await?;
    ensure!(all["messages"].as_array().map(Vec::len) == Some(5), "the JSON has pages of its own: {all}");
    for senseless in ["0", "201", "many"] {
        let refused = Server::start_with(Options::default().set("PAGE_MESSAGES", senseless));
        let refused = refused.err().with_context(|| format!("it started with {senseless}"))?.to_string();
        ensure!(refused.contains("PAGE_MESSAGES"), "{refused}");
    }
    Ok(())
}
