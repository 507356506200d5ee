//! Who can reach an address: everybody, those on a network, this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who can reach an address, from everybody on. The less an address is reached by others, the more it is trusted there: what is
/// published to more must not lead to less (as in [Private Network Access](https://wicg.github.io/private-network-access/#ip-address-space-section)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum AddressSpace {
    /// Everybody.
    Public,
    /// Those on the same private network.
    Private,
    /// This machine, and what is on its own link, as the metadata services of clouds are.
    Local,
}

impl AddressSpace {
    /// That of an address ([RFC 6890](https://www.rfc-editor.org/rfc/rfc6890)). An IPv6 address that stands for an IPv4 one
    /// counts as that.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    const fn of_v4(v4: Ipv4Addr) -> Self {
        let [a, b, c, _] = v4.octets();
        if v4.is_loopback() || v4.is_link_local() || v4.is_multicast() || a == 0 || a >= 240 {
            Self::Local
        } else if v4.is_private()
            || (a == 100 && b >= 64 && b < 128)
            || (a == 192 && b == 0 && c == 0)
            || (a == 198 && b >= 18 && b < 20)
        {
            Self::Private
        } else {
            Self::Public
        }
    }

    fn of_v6(v6: Ipv6Addr) -> Self {
        let [first, second, third, ..] = v6.segments();
        if v6.is_loopback() || v6.is_unspecified() || v6.is_multicast() || (first & 0xffc0) == 0xfe80 {
            Self::Local
        } else if (first & 0xfe00) == 0xfc00
            || (first & 0xffc0) == 0xfec0
            || (first, second, third) == (0x64, 0xff9b, 1)
        {
            Self::Private
        } else {
            embedded(v6).map_or(Self::Public, Self::of_v4)
        }
    }
}

/// Whether an address is neither loopback nor private nor link-local nor otherwise special.
pub fn is_public(address: IpAddr) -> bool {
    AddressSpace::of(address) == AddressSpace::Public
}

/// The IPv4 address an IPv6 one stands for: mapped and compatible ([RFC 4291 §2.5.5](https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5)),
/// translated ([RFC 6052 §2.1](https://www.rfc-editor.org/rfc/rfc6052#section-2.1)), 6to4
/// ([RFC 3056 §2](https://www.rfc-editor.org/rfc/rfc3056#section-2)).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [first, second, third, fourth, fifth, sixth, seventh, eighth] = v6.segments();
    let from = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (first, second, third, fourth, fifth, sixth) {
        (0, 0, 0, 0, 0, 0 | 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(from(seventh, eighth)),
        (0x2002, high, low, ..) => Some(from(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_one_space_in_every_form() {
        use AddressSpace::{Local, Private, Public};
        for (space, addresses) in [
            (
                Local,
                &[
                    "0.1.2.3",
                    "127.0.0.53",
                    "169.254.169.254",
                    "224.0.0.1",
                    "255.255.255.255",
                    "::",
                    "::1",
                    "::ffff:169.254.169.254",
                    "64:ff9b::127.0.0.1",
                    "fe80::1",
                    "ff02::1",
                ][..],
            ),
            (
                Private,
                &[
                    "10.0.0.1",
                    "100.64.0.1",
                    "172.16.0.1",
                    "192.0.0.8",
                    "192.168.1.1",
                    "198.18.0.1",
                    "::10.0.0.1",
                    "64:ff9b:1::8.8.8.8",
                    "2002:a00:1::",
                    "fc00::1",
                    "fec0::1",
                ],
            ),
            (
                Public,
                &[
                    "8.8.8.8",
                    "100.128.0.1",
                    "172.32.0.1",
                    "192.0.1.1",
                    "198.20.0.1",
                    "2606:4700::1",
                    "::ffff:8.8.8.8",
                    "64:ff9b::8.8.8.8",
                    "2002:808:808::",
                ],
            ),
        ] {
            for address in addresses {
                let parsed = address.parse().unwrap();
                assert_eq!(AddressSpace::of(parsed), space, "{address}");
                assert_eq!(is_public(parsed), space == Public, "{address}");
            }
        }
    }
}
