//! The proxy that `compose.yaml` puts in front of two processes, with that very configuration: everything live goes through it at once.

use anyhow::{Result, ensure};
use e2e::{Options, Outage, Person, Postgres, Proxy, Reader, Redis, Server, StreamedPage, Transport, within};
use std::time::{Duration, Instant};

const SITE: &str = include_str!("../../../packaging/nginx.conf");
const LIVE: [Transport; 3] = [Transport::Socket, Transport::Events, Transport::LongPoll];
/// A proxy that held things back would do so for seconds.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Two processes behind the proxy.
struct Behind {
    proxy: Proxy,
    servers: Vec<Server>,
    _postgres: Postgres,
    _redis: Redis,
}

impl Behind {
    fn start() -> Result<Self> {
        let (postgres, redis) = (Postgres::start()?, Redis::start()?);
        let mut servers = Vec::new();
        for _ in 0..2 {
            let options = Options::default().set("DATABASE_URL", &postgres.url());
            let options = options.set("RELAY_URL", &redis.url()).set("TRUSTED_PROXIES", "127.0.0.1");
            servers.push(Server::start_with(options)?);
        }
        let proxy = Proxy::start(SITE, &servers)?;
        Ok(Self { proxy, servers, _postgres: postgres, _redis: redis })
    }

    async fn sign_up(&self, name: &str) -> Result<Person> {
        Person::stranger_at(&self.proxy.url())?.sign_up_with(name, &[]).await
    }
}

async fn hear(reader: &mut Reader, text: &str) -> Result<()> {
    within(text, async {
        while reader.heard.last().is_none_or(|message| message["content"] != text) {
            reader.listen().await?;
        }
        Ok(())
    })
    .await?
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transport_hears_at_once_through_the_proxy_and_goes_on_when_a_process_dies() -> Result<()> {
    let mut behind = Behind::start()?;
    let (ada, bob) = (behind.sign_up("ada").await?, behind.sign_up("bob").await?);
    let mut readers = Vec::new();
    for transport in LIVE {
        readers.push((Reader::follow(&bob, "general", transport).await?, transport));
    }
    let mut page = StreamedPage::open(&bob, "general").await?;
    for turn in 0..6 {
        let (text, begun) = (format!("turn {turn}"), Instant::now());
        ada.post("general", &text, &text).await?;
        for (reader, _) in &mut readers {
            hear(reader, &text).await?;
        }
        page.until_html(&text).await?;
        ensure!(begun.elapsed() < AT_ONCE, "turn {turn} took {:?}", begun.elapsed());
    }

    behind.servers[0].kill()?;
    for turn in 6..12 {
        let text = format!("turn {turn}");
        ada.post("general", &text, &text).await?;
    }
    for (reader, transport) in &mut readers {
        // Who was at the process that died comes back with their place, and hears what they missed.
        if within("the rest", hear(reader, "turn 11")).await?.is_err() {
            reader.switch(*transport).await?;
            hear(reader, "turn 11").await?;
        }
        let heard: Vec<_> = reader.heard.iter().filter_map(|message| message["content"].as_str()).collect();
        let said: Vec<String> = (0..12).map(|turn| format!("turn {turn}")).collect();
        ensure!(heard == said, "over {transport:?}: {heard:?}");
    }
    Ok(())
}
