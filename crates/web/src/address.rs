//! Where a request comes from, behind proxies too.

use axum::http::HeaderMap;
use std::net::IpAddr;

/// The client's address: the peer's, or when the peer is a trusted proxy, the last address in `X-Forwarded-For` that is not one.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> =
        hops.flat_map(|line| line.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
    hops.into_iter()
        .rev()
        .map(|hop: IpAddr| hop.to_canonical())
        .find(|hop| !trusted.contains(hop))
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let trusted: Vec<IpAddr> = trusted.iter().map(|ip| ip.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_their_address() {
        assert_eq!(seen("203.0.113.9", "198.51.100.1", &[]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_the_last_hop_before_it() {
        assert_eq!(seen("10.0.0.1", "198.51.100.1, 203.0.113.9", &["10.0.0.1"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "203.0.113.9, 10.0.0.2", &["10.0.0.1", "10.0.0.2"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "nonsense", &["10.0.0.1"]), "10.0.0.1");
    }
}
