//! Notifications (S4.8), as far as the server goes: what is unread stands in the title, the icon and the list of rooms of a page
//! that needs no script, and each room's level is kept to.

use anyhow::{Context, Result, ensure};
use e2e::{Person, Server};
use reqwest::StatusCode;

/// The title of a page, its icon, and the line of a room in the list.
struct Told {
    title: String,
    icon: String,
    line: String,
}

async fn told(who: &Person, room: &str) -> Result<Told> {
    let html = who.get("/settings/").await?.text().await?;
    let between = |from: &str, to: &str| -> Result<String> {
        let (_, rest) = html.split_once(from).with_context(|| from.to_owned())?;
        Ok(rest.split(to).next().unwrap_or_default().to_owned())
    };
    let title = between("<title", "</title>")?;
    let title = title.split_once('>').context("a title")?.1.to_owned();
    Ok(Told {
        title,
        icon: between("<link rel=\"icon\" href=\"", "\"")?,
        line: between(&format!("<a href=\"/rooms/{room}/\""), "</a>")?,
    })
}

async fn choose(who: &Person, level: &str) -> Result<StatusCode> {
    Ok(who.submit("/rooms/general/level/", &[("level", level)]).await?.status())
}

#[tokio::test]
async fn s4_8_a_page_says_how_much_is_unread_and_no_more_once_it_is_read() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    bob.post("general", "I am bob", "one").await?;
    let before = told(&bob, "general").await?;
    ensure!(before.title.starts_with("Settings"), "one's own words are not news: {}", before.title);
    ensure!(!before.icon.contains("news"), "{}", before.icon);
    ada.post("general", "good evening", "one").await?;
    ada.post("general", "are you there, @bob?", "two").await?;
    let after = told(&bob, "general").await?;
    ensure!(after.title.starts_with("(2) Settings"), "{}", after.title);
    ensure!(after.icon.contains("favicon-news"), "{}", after.icon);
    ensure!(after.line.contains("unread") && after.line.contains("@1"), "{}", after.line);
    let page = bob.get("/rooms/general/").await?.text().await?;
    ensure!(page.contains("<title>General"), "the room that is shown is being read");
    let read = told(&bob, "general").await?;
    ensure!(read.title.starts_with("Settings") && !read.line.contains("unread"), "{}", read.title);
    Ok(())
}

#[tokio::test]
async fn s4_8_a_rooms_level_holds_for_the_title_and_the_list_of_rooms() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    bob.post("general", "I am bob", "one").await?;
    ada.post("general", "good evening", "one").await?;
    ensure!(choose(&bob, "mentions").await? == StatusCode::SEE_OTHER);
    let mentions = told(&bob, "general").await?;
    ensure!(mentions.title.starts_with("Settings") && !mentions.line.contains("unread"), "{}", mentions.line);
    ada.post("general", "are you there, @bob?", "two").await?;
    let named = told(&bob, "general").await?;
    ensure!(named.title.starts_with("(1) ") && named.line.contains("@1"), "{} {}", named.title, named.line);
    ada.post("general", "or @all?", "three").await?;
    ensure!(told(&bob, "general").await?.title.starts_with("(2) "), "everyone is named");
    ensure!(choose(&bob, "nothing").await? == StatusCode::SEE_OTHER);
    let nothing = told(&bob, "general").await?;
    ensure!(nothing.title.starts_with("Settings") && !nothing.icon.contains("news"), "{}", nothing.title);
    ensure!(nothing.line.contains("muted") && !nothing.line.contains("@"), "{}", nothing.line);
    ensure!(choose(&bob, "all").await? == StatusCode::SEE_OTHER);
    ensure!(told(&bob, "general").await?.title.starts_with("(3) "), "nothing was lost meanwhile");
    Ok(())
}

#[tokio::test]
async fn s4_8_a_level_is_one_of_three_and_for_members_only() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    ada.post("general", "good evening", "one").await?;
    ensure!(choose(&ada, "everything").await? == StatusCode::BAD_REQUEST);
    let page = ada.get("/rooms/general/level/").await?.text().await?;
    ensure!(page.contains("value=\"all\" checked"), "what was chosen stays");
    ensure!(choose(&ada, "mentions").await? == StatusCode::SEE_OTHER);
    let page = ada.get("/rooms/general/level/").await?.text().await?;
    ensure!(page.contains("value=\"mentions\" checked"));
    ensure!(choose(&bob, "nothing").await? == StatusCode::FORBIDDEN, "bob only reads along");
    Ok(())
}
