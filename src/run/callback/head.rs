//! Reads the head of a request within bounds; a body is left where it is.

use tiny_http::{Header, Method};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader, Take};

use crate::exchange::bounds::{
    CALLBACK_FIELDS as MOST_FIELDS, CALLBACK_HEAD as LONGEST_HEAD, CALLBACK_LINE as LONGEST_LINE,
};

/// A request without its body.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: Method,
    /// Path and query as sent.
    pub(super) target: String,
    pub(super) fields: Vec<Header>,
}

/// Reads to the end of the head. `None` if nothing came, else the status that says what is out of bounds.
pub(super) async fn read(stream: impl AsyncRead + Unpin) -> Result<Option<Head>, u16> {
    let mut stream = BufReader::new(stream).take(LONGEST_HEAD as u64);
    let Some(line) = line(&mut stream, LONGEST_LINE, 414).await? else { return Ok(None) };
    let words: Vec<_> = line.split(' ').collect();
    let &[method, target, "HTTP/1.0" | "HTTP/1.1"] = words.as_slice() else { return Err(400) };
    let method = method.parse().map_err(|()| 400_u16)?;
    let target = Some(target).filter(|target| target.bytes().all(|b| b.is_ascii_graphic())).ok_or(400_u16)?;
    let target = target.to_owned();
    let (mut fields, mut count) = (Vec::new(), 0);
    loop {
        let line = self::line(&mut stream, LONGEST_HEAD, 431).await?.ok_or(431_u16)?;
        if line.is_empty() {
            return Ok(Some(Head { method, target, fields }));
        }
        count += 1;
        if count > MOST_FIELDS {
            return Err(431);
        }
        // Cookies of others may hold anything; no such field matters here.
        fields.extend(line.parse::<Header>());
    }
}

/// Reads a line without its end. `None` at the end of what may be read.
async fn line(
    stream: &mut Take<BufReader<impl AsyncRead + Unpin>>,
    longest: usize,
    too_long: u16,
) -> Result<Option<String>, u16> {
    let mut line = Vec::new();
    let read = (&mut *stream).take(longest as u64).read_until(b'\n', &mut line).await.map_err(|_| 400_u16)?;
    if read == 0 {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(if read == longest || stream.limit() == 0 { too_long } else { 400 });
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn status(request: &str) -> Option<u16> {
        read(request.as_bytes()).await.err()
    }

    #[tokio::test]
    async fn a_head_is_read_and_its_body_is_not() {
        let request =
            "GET /callback?code=a%20b HTTP/1.1\r\nHost: x\r\nCookie: \u{e9}\r\nContent-Length: 9\r\n\r\nbody";
        let head = read(request.as_bytes()).await.unwrap().unwrap();
        assert_eq!((head.method, head.target.as_str()), (Method::Get, "/callback?code=a%20b"));
        assert_eq!(head.fields.len(), 2);
        assert!(read(&b""[..]).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_is_out_of_bounds_has_a_status() {
        let fields = |count: usize, length: usize| {
            let field = format!("a: {}\r\n", "b".repeat(length));
            format!("GET / HTTP/1.1\r\n{}\r\n", field.repeat(count))
        };
        assert_eq!(status(&fields(MOST_FIELDS, 9)).await, None);
        assert_eq!(status(&fields(MOST_FIELDS + 1, 9)).await, Some(431));
        assert_eq!(status(&fields(9, 90_000)).await, Some(431));
        assert_eq!(status(&fields(1, LONGEST_HEAD)).await, Some(431));
        let line = |length| format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(length));
        assert_eq!(status(&line(LONGEST_LINE - 20)).await, None);
        assert_eq!(status(&line(LONGEST_LINE)).await, Some(414));
        assert_eq!(status(&"a".repeat(1 << 20)).await, Some(414));
    }

    #[tokio::test]
    async fn what_is_not_http_is_a_bad_request() {
        for request in [
            "\r\n\r\n",
            "GET\r\n\r\n",
            "GET / HTTP/2\r\n\r\n",
            "GET / / HTTP/1.1\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\n\r\n",
            "GET /\u{1b} HTTP/1.1\r\n\r\n",
            "\u{16}\u{3}\u{1}",
            "GET / HTTP/1.1\r\nhost: x",
        ] {
            assert_eq!(status(request).await, Some(400), "{request:?}");
        }
        assert_eq!(status("GET / HTTP/1.1\r\nhost: x\r\n").await, Some(431), "ends before the empty line");
    }
}
