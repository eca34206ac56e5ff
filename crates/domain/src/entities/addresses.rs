//! Where a key is good from.

use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A network, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network(IpNet);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        let net: IpNet = text
            .parse()
            .or_else(|_| address())
            .map_err(|_| format!("`{text}` is neither an address nor a network such as 10.0.0.0/8"))?;
        // Somebody who writes 10.1.2.3/8 may mean one address or sixteen million.
        if net.trunc() != net {
            return Err(format!("`{text}` is no network: that would be {}", net.trunc()));
        }
        Ok(Self(canonical(net)))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(net) = self;
        if net.prefix_len() == net.max_prefix_len() { net.addr().fmt(f) } else { net.fmt(f) }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What IPv6 writes of IPv4 is IPv4, as it is of the addresses that requests come from.
fn canonical(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else { return net };
    let v4 = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(net, IpNet::V4)
}

/// The networks from which alone a key is good, at most [`Addresses::MOST`]; none where it is good from everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = Vec<String>, max_items = 50))]
pub struct Addresses(Vec<Network>);

impl Addresses {
    /// How many networks there are at most.
    pub const MOST: usize = 50;
    /// No limits.
    pub const EVERYWHERE: Self = Self(Vec::new());

    /// Whether a request from there is let in; one from an unknown place only where all are.
    pub fn admit(&self, from: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || from.is_some_and(|from| {
                let from = from.to_canonical();
                self.0.iter().any(|Network(net)| net.contains(&from))
            })
    }

    /// Each as a text.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl Serialize for Addresses {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.texts())
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut networks = Vec::<Network>::deserialize(from)?;
        if networks.len() > Self::MOST {
            return Err(serde::de::Error::custom(format!("at most {} networks", Self::MOST)));
        }
        let mut seen = HashSet::new();
        networks.retain(|network| seen.insert(*network));
        Ok(Self(networks))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: serde_json::Value) -> Result<Addresses, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    fn admit(networks: &[&str], from: &str) -> bool {
        read(json!(networks)).unwrap().admit(Some(from.parse().unwrap()))
    }

    #[test]
    fn a_network_admits_what_lies_in_it_alone() {
        let both = ["10.0.0.0/8", "192.0.2.7"];
        for inside in ["10.0.0.0", "10.255.255.255", "192.0.2.7", "::ffff:10.1.2.3", "::ffff:192.0.2.7"] {
            assert!(admit(&both, inside), "{inside}");
        }
        for outside in ["11.0.0.0", "9.255.255.255", "192.0.2.6", "192.0.2.8", "::1", "::10.1.2.3"] {
            assert!(!admit(&both, outside), "{outside}");
        }
        assert!(admit(&["2001:db8::5"], "2001:db8::5"));
        assert!(!admit(&["2001:db8::5"], "2001:db8::6"), "one address of IPv6 is not its network");
        assert!(
            admit(&["2001:db8::/64"], "2001:db8::ffff:1") && !admit(&["2001:db8::/64"], "2001:db8:0:1::1")
        );
        assert!(admit(&["0.0.0.0/0"], "203.0.113.9") && !admit(&["0.0.0.0/0"], "2001:db8::1"));
        assert!(!admit(&["::/0"], "203.0.113.9") && admit(&["::/0"], "2001:db8::1"));
        assert!(admit(&["::ffff:10.0.0.0/104"], "10.1.2.3"), "IPv4 in other words");
    }

    #[test]
    fn without_networks_every_place_is_good_and_with_them_no_unknown_one() {
        assert!(Addresses::EVERYWHERE.admit(None));
        assert!(admit(&[], "203.0.113.9"));
        assert!(!read(json!(["0.0.0.0/0", "::/0"])).unwrap().admit(None));
    }

    #[test]
    fn they_are_told_as_they_are_meant() {
        let told =
            read(json!(["10.0.0.0/8", "192.0.2.7/32", "2001:DB8:0::1", "192.0.2.7", "::ffff:1.2.3.4"]));
        let told = told.unwrap();
        let expected = ["10.0.0.0/8", "192.0.2.7", "2001:db8::1", "1.2.3.4"];
        assert_eq!(told.texts(), expected);
        assert_eq!(serde_json::to_value(&told).unwrap(), json!(expected));
        assert_eq!(read(json!(expected)).unwrap(), told);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in
            ["", "north", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "1.2.3.4:80", " 10.0.0.0/8", "fe80::1%1"]
        {
            assert!(read(json!([wrong])).is_err(), "{wrong}");
        }
        assert_eq!(
            read(json!(["10.1.2.3/8"])).unwrap_err(),
            "`10.1.2.3/8` is no network: that would be 10.0.0.0/8"
        );
        assert!(read(json!("10.0.0.0/8")).is_err() && read(json!([7])).is_err());
        let many = |count: u8| (0..count).map(|last| format!("192.0.2.{last}")).collect::<Vec<_>>();
        assert_eq!(read(json!(many(50))).unwrap().texts(), many(50));
        assert!(read(json!(many(51))).is_err());
    }
}
