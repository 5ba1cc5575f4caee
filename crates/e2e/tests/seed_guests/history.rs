//! The conversation of a guest, which is in their cookies alone (S0.5).

use super::*;

/// 500 Chinese characters that hardly compress.
fn noise(seed: u64) -> String {
    let mut state = seed * 2 + 0x9e37_79b9;
    let drawn = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from_u32(0x4e00 + (state >> 20) as u32 % 20_000)
    });
    drawn.take(500).flatten().collect()
}

#[tokio::test]
async fn s0_5_the_history_is_in_few_small_cookies_that_scripts_and_other_sites_do_not_get() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    for nth in 0..12 {
        let answer = gita.submit("/", &[("message", &noise(nth))]).await?;
        let lines = kept(&answer);
        let values: Vec<&String> = lines.iter().filter(|line| !line.contains("Max-Age=0")).collect();
        ensure!(!values.is_empty() && values.len() <= 3, "{lines:?}");
        ensure!(values.iter().map(|line| line.len()).sum::<usize>() <= 10 * 1024);
        for line in &lines {
            ensure!(
                line.len() < 4_096 && line.contains("; HttpOnly") && line.contains("; SameSite=Lax"),
                "{line}"
            );
            ensure!(!line.contains("Secure"), "{line}");
        }
    }
    let shown = page(&gita).await?;
    ensure!(shown.contains("The oldest turns are gone"), "the page says so");
    let left = turns(&shown).len();
    ensure!((4..24).contains(&left) && turns(&shown)[left - 1].0 == "assistant", "{left}");
    let https = Server::start_with(Options::default().set("PUBLIC_URL", "https://chat.example.org"))?;
    let answer = Person::stranger(&https)?.ask("POST", "/", None).await?;
    ensure!(answer.status() == StatusCode::FORBIDDEN || answer.status() == StatusCode::BAD_REQUEST);
    let bare = Client::builder().redirect(Policy::none()).build()?;
    let answer = bare.post(format!("{}/", https.url())).form(&[("message", "hello")]).send().await?;
    ensure!(
        kept(&answer).len() == 3
            && kept(&answer).iter().all(|line| line.starts_with("__Host-guest") && line.contains("; Secure"))
    );
    Ok(())
}

#[tokio::test]
async fn s0_5_processes_that_share_nothing_but_the_key_go_on_with_one_conversation() -> Result<()> {
    let here = Server::start_with(Options::default().set("SECRET_KEY", KEY))?;
    let there = Server::start_with(Options::default().set("DJANGO_SECRET_KEY", KEY))?;
    let elsewhere = Server::start_with(Options::default().set("SECRET_KEY", "the key of somebody else"))?;
    let gita = Person::stranger(&here)?;
    ask(&gita, "hello").await?;
    let moved = gita.at(&there)?;
    ensure!(turns(&page(&moved).await?).len() == 2);
    ask(&moved, "tell me a joke").await?;
    let back = moved.at(&here)?;
    ensure!(turns(&page(&back).await?).len() == 4);
    ensure!(turns(&page(&back.at(&elsewhere)?).await?).is_empty());
    Ok(())
}

#[tokio::test]
async fn s0_5_nothing_of_it_is_in_the_database() -> Result<()> {
    let mut server = Server::start_with(Options { in_files: true, ..Options::default() })?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "a word that occurs nowhere: xylographic").await?;
    ensure!(page(&gita).await?.contains("xylographic"));
    server.stop()?;
    for entry in std::fs::read_dir(server.directory().join("data"))? {
        let path = entry?.path();
        let bytes = std::fs::read(&path)?;
        ensure!(!bytes.windows(11).any(|part| part == b"xylographic"), "{}", path.display());
    }
    ensure!(!server.log().contains("xylographic"));
    Ok(())
}

#[tokio::test]
async fn s0_5_of_two_tabs_the_last_one_wins() -> Result<()> {
    let server = Server::start_with(Options::default().set("SECRET_KEY", KEY))?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "hello").await?;
    let other_tab = gita.at(&server)?;
    ask(&gita, &"a long story, ".repeat(100)).await?;
    let answer = other_tab.submit("/", &[("message", "what can you do")]).await?;
    // The browser has one set of cookies; what came last is in it.
    let mut browser = String::new();
    for line in kept(&answer) {
        let (pair, rest) = line.split_once(';').context("a cookie has attributes")?;
        if !rest.contains("Max-Age=0") {
            browser.push_str(&format!("{pair}; "));
        }
    }
    let shown = Client::new().get(server.url()).header("Cookie", browser).send().await?.text().await?;
    ensure!(shown.contains("what can you do") && !shown.contains("a long story"));
    ensure!(turns(&shown).len() == 4);
    Ok(())
}

#[tokio::test]
async fn s0_5_a_form_posted_twice_counts_once() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    let form = form_of(&gita).await?;
    for _ in 0..3 {
        let answer = gita.submit("/", &[("message", "hello"), ("form", &form)]).await?;
        ensure!(answer.status() == StatusCode::SEE_OTHER);
    }
    ensure!(turns(&page(&gita).await?).len() == 2);
    ensure!(form_of(&gita).await? != form);
    ask(&gita, "hello").await?;
    ensure!(turns(&page(&gita).await?).len() == 4);
    Ok(())
}

#[tokio::test]
async fn s0_5_a_broken_or_forged_cookie_is_an_empty_history_and_starting_over_makes_one() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "hello").await?;
    let cookies = gita.cookie()?;
    let cookie = cookies.split("; ").find(|pair| pair.starts_with("guest1=")).context("it is kept")?;
    let bare = Client::new();
    let shown = async |cookie: &str| -> Result<String> {
        let answer = bare.get(server.url()).header("Cookie", cookie).send().await?;
        ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        Ok(answer.text().await?)
    };
    ensure!(turns(&shown(cookie).await?).len() == 2);
    let (before, after) = cookie.split_at(60);
    let flipped = format!("{before}{}", after.replacen(char::is_alphanumeric, "_", 1));
    for broken in [
        &cookie[..cookie.len() - 9],
        &flipped,
        "guest1=",
        "guest1=AAAA; guest3=====",
        "guest2=x",
        "guest1=%00%ff",
        "guest1",
    ] {
        ensure!(turns(&shown(broken).await?).is_empty(), "{broken}");
    }
    let over = gita.submit("/", &[("act", "start-over"), ("message", "unsent words")]).await?;
    ensure!(
        over.status() == StatusCode::SEE_OTHER && kept(&over).iter().all(|line| line.contains("Max-Age=0"))
    );
    ensure!(turns(&page(&gita).await?).is_empty());
    Ok(())
}
