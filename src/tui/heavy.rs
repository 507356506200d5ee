//! What takes longer than a frame: the measure by which work is done beside the screen, the same everywhere.

use crate::exchange::{Exchange, History};

/// Bytes of a body, or of a history, from which on work on it is done beside the screen.
const HEAVY: usize = 1 << 17;
/// What an exchange of a history counts besides its bodies.
const EXCHANGE: usize = 1 << 10;

/// Whether an exchange takes long to be shown, or its secrets to be found.
pub(super) fn is_heavy(exchange: &Exchange) -> bool {
    weight(exchange) > HEAVY
}

/// Whether a history takes long to be judged.
pub(super) fn is_heavy_history(history: &History) -> bool {
    history.exchanges().map(|exchange| EXCHANGE + weight(exchange)).sum::<usize>() > HEAVY
}

fn weight(exchange: &Exchange) -> usize {
    let heard = exchange.response().map_or(0, |response| response.body.len());
    exchange.request.body.len() + heard
}
