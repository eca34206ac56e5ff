//! The network address that a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::{HttpRequest, web};
use ipnet::IpNet;

use crate::state::HttpState;

/// The header in which proxies say for whom they ask, the nearest last.
const FORWARDED: &str = "x-forwarded-for";

/// The peer's address; behind proxies that the operator trusts, the nearest one that is none of theirs. Absent where it
/// is not known.
pub(crate) fn of(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?;
    let state = request.app_data::<web::Data<HttpState>>();
    let trusted = state.map_or(&[][..], |state| &state.options.trusted_proxies);
    let said = request.headers().get_all(FORWARDED);
    let said = said.map(|value| value.to_str().unwrap_or_default()).collect::<Vec<_>>().join(",");
    Some(nearest(peer.ip(), &said, trusted))
}

/// The last address before those that are trusted. What is no address ends the chain: nobody trustworthy wrote it.
fn nearest(peer: IpAddr, said: &str, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |at: IpAddr| trusted.iter().any(|net| net.contains(&at));
    let mut nearest = peer.to_canonical();
    for text in said.rsplit(',') {
        if !is_trusted(nearest) {
            break;
        }
        match address(text.trim()) {
            Some(next) => nearest = next.to_canonical(),
            None => break,
        }
    }
    nearest
}

/// An address as proxies write it: alone, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().map(|at| at.ip());
    text.parse().or_else(|_| with_port()).ok()
}

/// An address as far as slowing guesses goes: of IPv6 the network, for who has one address has them all.
pub(crate) fn place(at: IpAddr) -> String {
    match at {
        IpAddr::V4(at) => at.to_string(),
        IpAddr::V6(at) => Ipv6Addr::from_bits(at.to_bits() & (u128::MAX << 64)).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, said: &str) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        place(nearest(peer.parse().unwrap(), said, &trusted))
    }

    #[test]
    fn only_trusted_proxies_say_for_whom_they_ask() {
        assert_eq!(found("203.0.113.9", "198.51.100.7"), "203.0.113.9");
        assert_eq!(found("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(found("10.0.0.1", "1.2.3.4, 198.51.100.7"), "198.51.100.7", "the client's own claim");
        assert_eq!(found("10.0.0.1", "198.51.100.7, 10.0.0.2"), "198.51.100.7");
        assert_eq!(found("10.0.0.1", "1.2.3.4, 198.51.100.7:4711"), "198.51.100.7");
        assert_eq!(found("10.0.0.1", "[2001:db8:1:2:3:4:5:6]:4711"), "2001:db8:1:2::");
        assert_eq!(found("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(found("10.0.0.1", "unknown, 10.0.0.2"), "10.0.0.2");
        assert_eq!(found("::1", "10.0.0.1"), "10.0.0.1");
        assert_eq!(found("::ffff:10.0.0.1", "198.51.100.7"), "198.51.100.7");
    }

    #[test]
    fn of_ipv6_the_network_counts() {
        assert_eq!(found("2001:db8:1:2:3:4:5:6", ""), "2001:db8:1:2::");
    }
}
