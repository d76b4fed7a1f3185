//! PEM as OpenSSL writes it, with text around the blocks. Errors say what is wrong without quoting the input, which may
//! be a key.

/// The kind of content of a PEM block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Certificate,
    Pkcs8Key,
    Pkcs1Key,
    Sec1Key,
    EncryptedKey,
    /// Something that a TLS client does not use; the text names it.
    Other(&'static str),
}

/// The labels of PEM blocks, with the kind of content that each stands for.
const LABELS: &[(&[u8], Label)] = &[
    (b"CERTIFICATE", Label::Certificate),
    (b"X509 CERTIFICATE", Label::Certificate),
    (b"TRUSTED CERTIFICATE", Label::Certificate),
    (b"PRIVATE KEY", Label::Pkcs8Key),
    (b"RSA PRIVATE KEY", Label::Pkcs1Key),
    (b"EC PRIVATE KEY", Label::Sec1Key),
    (b"ENCRYPTED PRIVATE KEY", Label::EncryptedKey),
    (b"PUBLIC KEY", Label::Other("a public key")),
    (b"RSA PUBLIC KEY", Label::Other("a public key")),
    (b"CERTIFICATE REQUEST", Label::Other("a certificate request")),
    (b"NEW CERTIFICATE REQUEST", Label::Other("a certificate request")),
    (b"X509 CRL", Label::Other("a revocation list")),
    (b"PKCS7", Label::Other("PKCS #7")),
    (b"DSA PRIVATE KEY", Label::Other("a DSA key")),
    (b"OPENSSH PRIVATE KEY", Label::Other("a key of OpenSSH (ssh-keygen -p -m PEM -f … converts it)")),
];

/// One PEM block.
pub(super) struct Block {
    pub(super) label: Label,
    /// The decoded content. Empty if it could not be decoded, or if this kind of block was not wanted.
    pub(super) der: Vec<u8>,
}

/// Why no block was found, or why a block could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    Empty,
    EscapedLineBreaks,
    Utf16,
    Der,
    NoBlock,
    NoEnd,
    NotBase64,
}

impl Problem {
    /// The code that Node's error has in this case.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NoEnd => "ERR_OSSL_PEM_BAD_END_LINE",
            Self::NotBase64 => "ERR_OSSL_PEM_BAD_BASE64_DECODE",
            _ => "ERR_OSSL_PEM_NO_START_LINE",
        }
    }

    /// Describes the problem; the text is put behind the name of an option.
    pub(super) fn text(self, wanted: &str) -> String {
        match self {
            Self::Empty => format!("is empty, where a {wanted} is expected"),
            Self::EscapedLineBreaks => "contains a backslash and an n instead of line breaks; \
                they can be put back with .replaceAll('\\\\n', '\\n')"
                .to_owned(),
            Self::Utf16 => "is UTF-16 text; PEM is ASCII or UTF-8".to_owned(),
            Self::Der => "is DER; convert it to PEM (openssl … -inform DER)".to_owned(),
            Self::NoBlock => format!("holds no {wanted} in PEM; pass the content of the file, not its path"),
            Self::NoEnd => "holds PEM without its END line: it is cut off, or its line breaks are lost".to_owned(),
            Self::NotBase64 => "holds broken PEM: what stands between BEGIN and END is no base64".to_owned(),
        }
    }
}

/// Finds all blocks of a text, and decodes those that are `wanted`.
///
/// # Errors
/// The problem of the first wanted block that cannot be decoded.
pub(super) fn blocks(text: &[u8], wanted: impl Fn(Label) -> bool) -> Result<Vec<Block>, Problem> {
    let mut found = Vec::new();
    let mut lines = lines(text);
    while let Some(line) = lines.next() {
        let Some(label) = begin(line) else { continue };
        let mut content = Content::default();
        let mut ended = false;
        for line in lines.by_ref() {
            if line.starts_with(b"-----") {
                ended = line.starts_with(b"-----END ");
                break;
            }
            content.add(line);
        }
        let label = if content.is_encrypted { Label::EncryptedKey } else { label };
        if !wanted(label) {
            found.push(Block { label, der: Vec::new() });
            continue;
        }
        if !ended {
            return Err(if escapes(text) { Problem::EscapedLineBreaks } else { Problem::NoEnd });
        }
        let der = decode(&content.base64).ok_or(if escapes(text) {
            Problem::EscapedLineBreaks
        } else {
            Problem::NotBase64
        })?;
        found.push(Block { label, der });
    }
    Ok(found)
}

/// Returns why a text contains no blocks.
pub(super) fn without_blocks(text: &[u8]) -> Problem {
    if text.trim_ascii().is_empty() {
        Problem::Empty
    } else if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) || holds(text, b"-\0-\0-") {
        Problem::Utf16
    } else if matches!(text, [0x30, 0x81..=0x84, ..]) {
        Problem::Der
    } else if holds(text, b"-----BEGIN ") && escapes(text) {
        Problem::EscapedLineBreaks
    } else {
        Problem::NoBlock
    }
}

fn holds(text: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(text, needle).is_some()
}

fn escapes(text: &[u8]) -> bool {
    holds(text, b"\\n") || holds(text, b"\\r")
}

/// Splits a text into lines, with any line ending, without surrounding blanks and without a byte order mark.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii)
}

/// Returns the label if a line begins a block. An unknown label is neither a key nor a certificate.
fn begin(line: &[u8]) -> Option<Label> {
    let name = line.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----")?;
    let known = LABELS.iter().find(|(label, _)| *label == name);
    Some(known.map_or(Label::Other("something else"), |(_, label)| *label))
}

#[derive(Default)]
struct Content {
    base64: Vec<u8>,
    is_encrypted: bool,
}

impl Content {
    fn add(&mut self, line: &[u8]) {
        if line.contains(&b':') && self.base64.is_empty() {
            // The header of an encrypted key in the traditional OpenSSL format.
            self.is_encrypted |= line.starts_with(b"Proc-Type:") && holds(line, b"ENCRYPTED");
        } else {
            self.base64.extend_from_slice(line);
        }
    }
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    if !text.len().is_multiple_of(4) || digits.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in digits.chunks(4) {
        let mut word = 0;
        for byte in chunk {
            word = word << 6 | digit(*byte)?;
        }
        word <<= 6 * (4 - chunk.len());
        bytes.extend_from_slice(&word.to_be_bytes()[1..chunk.len()]);
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Vec<u8>>, Problem> {
        blocks(text.as_bytes(), |label| label == Label::Certificate)
            .map(|blocks| blocks.into_iter().map(|block| block.der).collect())
    }

    #[test]
    fn reads_what_systems_and_editors_make_of_it() {
        let block = "-----BEGIN CERTIFICATE-----\nAAEC\nAwQ=\n-----END CERTIFICATE-----\n";
        let bytes = vec![vec![0, 1, 2, 3, 4]];
        assert_eq!(read(block), Ok(bytes.clone()));
        assert_eq!(read(&block.replace('\n', "\r\n")), Ok(bytes.clone()));
        assert_eq!(read(&block.replace('\n', "\r")), Ok(bytes.clone()));
        assert_eq!(read(&block.replace('\n', "  \n\n   ")), Ok(bytes.clone()));
        assert_eq!(read(&format!("\u{feff}{block}")), Ok(bytes.clone()));
        assert_eq!(read(&format!("Bag Attributes\n    friendlyName: x\n{block}")), Ok(bytes));
        assert_eq!(
            read(&block.replace("-----B", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n-----B"))
                .unwrap()
                .len(),
            2
        );
    }

    #[test]
    fn says_what_is_wrong() {
        let block = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
        assert_eq!(read(&block.replace("AAEC", "AAE")), Err(Problem::NotBase64));
        assert_eq!(read(&block.replace("AAEC", "AA*C")), Err(Problem::NotBase64));
        assert_eq!(read(&block.replace("AAEC", "")), Err(Problem::NotBase64));
        assert_eq!(read(&block.replace("-----END CERTIFICATE-----", "")), Err(Problem::NoEnd));
        assert_eq!(read(&block.replace("-----\nAAEC\n", "-----\nAAEC\\n")), Err(Problem::EscapedLineBreaks));
        assert_eq!(without_blocks(block.replace('\n', "\\n").as_bytes()), Problem::EscapedLineBreaks);
        assert_eq!(without_blocks(b" \n"), Problem::Empty);
        assert_eq!(without_blocks(b"/etc/ca.pem"), Problem::NoBlock);
        assert_eq!(without_blocks(&[0x30, 0x82, 1, 1]), Problem::Der);
        let wide: Vec<u8> = block.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(without_blocks(&wide), Problem::Utf16);
    }
}
