//! Walks side by side.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Walks at a time: more only wait for each other.
const CONCURRENCY: usize = 6;

/// What comes of each walk, in the order in which they end.
pub(crate) async fn side_by_side<W>(walks: impl IntoIterator<Item = W>) -> Vec<W::Output>
where
    W: Future<Output: Send> + Send + 'static,
{
    let turns = Arc::new(Semaphore::new(CONCURRENCY));
    let mut under_way = JoinSet::new();
    for walk in walks {
        let turns = Arc::clone(&turns);
        under_way.spawn(async move {
            let _turn = turns.acquire_owned().await.unwrap();
            walk.await
        });
    }
    under_way.join_all().await
}
