//! Dresses of the sandbox: what lets products be recognised in what it publishes, and nothing else of them.

use serde_json::{Value, json};

/// The products the sandbox looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Zuplo before Auth0.
    ZuploAuth0,
    /// Kong before Auth0.
    KongAuth0,
    /// nginx before Auth0.
    NginxAuth0,
    /// AWS API Gateway before Auth0.
    AwsAuth0,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 4] = [Self::ZuploAuth0, Self::KongAuth0, Self::NginxAuth0, Self::AwsAuth0];

    /// The words for them in options.
    pub const WORDS: [(&'static str, Self); 4] = [
        (Self::ZuploAuth0.id(), Self::ZuploAuth0),
        (Self::KongAuth0.id(), Self::KongAuth0),
        (Self::NginxAuth0.id(), Self::NginxAuth0),
        (Self::AwsAuth0.id(), Self::AwsAuth0),
    ];

    /// The word for it in files.
    pub const fn id(self) -> &'static str {
        match self {
            Self::ZuploAuth0 => "zuplo-auth0",
            Self::KongAuth0 => "kong-auth0",
            Self::NginxAuth0 => "nginx-auth0",
            Self::AwsAuth0 => "aws-auth0",
        }
    }

    /// The preset of that word, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.id() == id)
    }

    /// Header fields that the gateway adds to each response.
    pub(super) const fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::ZuploAuth0 => &[("zp-rid", "7d0f6b0e-1c7a-4b0e-9a53-0c2f5f3d9b11")],
            Self::KongAuth0 => {
                &[("via", "1.1 kong/3.9.1"), ("x-kong-request-id", "7785df59404ddf6da349b9076ac34167")]
            }
            Self::NginxAuth0 => &[("server", "nginx/1.27.4")],
            Self::AwsAuth0 => &[("apigw-requestid", "JqQ8xjFmoAMEPgQ=")],
        }
    }

    /// Members that the authorization server adds to its metadata, below its own URL.
    pub(super) fn members(self, url: impl Fn(&str) -> String) -> [(&'static str, Value); 2] {
        match self {
            Self::ZuploAuth0 | Self::KongAuth0 | Self::NginxAuth0 | Self::AwsAuth0 => [
                ("mfa_challenge_endpoint", json!(url("/mfa/challenge"))),
                ("device_authorization_endpoint", json!(url("/oauth/device/code"))),
            ],
        }
    }
}
