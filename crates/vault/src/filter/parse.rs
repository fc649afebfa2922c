use super::FilterError;

type Result<T> = std::result::Result<T, FilterError>;

const MAX_BYTES: usize = 4_096;
const MAX_DEPTH: usize = 32;

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// Whatever the case.
    Contains,
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Compare {
        field: String,
        op: Op,
        value: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A bare word, with its place.
    Word(String, usize),
    Quoted(String),
    Op(Op),
    Open,
    Close,
}

/// Reads a filter.
///
/// # Errors
/// What was expected where.
pub fn parse(text: &str) -> Result<Expr> {
    if text.len() > MAX_BYTES {
        return Err(FilterError::new(
            "the filter is longer than 4096 characters",
        ));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
    };
    let expr = parser.or(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.wrong("\"and\", \"or\" or the end")),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let mut then = |expected: char| rest.next_if(|(_, next)| *next == expected).is_some();
        tokens.push(match c {
            _ if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '=' => {
                then('=');
                Token::Op(Op::Equal)
            }
            '~' => Token::Op(Op::Contains),
            '!' if then('=') => Token::Op(Op::NotEqual),
            '<' if then('=') => Token::Op(Op::LessOrEqual),
            '<' if then('>') => Token::Op(Op::NotEqual),
            '<' => Token::Op(Op::Less),
            '>' if then('=') => Token::Op(Op::GreaterOrEqual),
            '>' => Token::Op(Op::Greater),
            '"' | '\'' => {
                let mut value = String::new();
                loop {
                    match rest.next() {
                        None => {
                            return Err(FilterError::new(
                                "the filter has a quotation mark that is never closed",
                            ));
                        }
                        Some((_, '\\')) => value.extend(rest.next().map(|(_, c)| c)),
                        Some((_, end)) if end == c => break,
                        Some((_, other)) => value.push(other),
                    }
                }
                Token::Quoted(value)
            }
            _ => {
                let mut word = String::from(c);
                while let Some((_, next)) =
                    rest.next_if(|(_, n)| !n.is_whitespace() && !"()=!<>~\"'".contains(*n))
                {
                    word.push(next);
                }
                Token::Word(word, at)
            }
        });
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found =
            matches!(self.peek(), Some(Token::Word(text, _)) if text.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn wrong(&self, expected: &str) -> FilterError {
        let found = match self.peek() {
            None => "its end".to_owned(),
            Some(Token::Word(word, _)) => format!("{word:?}"),
            Some(Token::Quoted(text)) => format!("{text:?}"),
            Some(Token::Op(_)) => "an operator".to_owned(),
            Some(Token::Open) => "\"(\"".to_owned(),
            Some(Token::Close) => "\")\"".to_owned(),
        };
        FilterError::new(format!(
            "the filter has {found} where {expected} was expected"
        ))
        .with_hint("for example: status = open and (client ~ \"miller\" or amount >= 1000)")
    }

    fn or(&mut self, depth: usize) -> Result<Expr> {
        let mut left = self.and(depth)?;
        while self.keyword("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and(depth)?));
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Result<Expr> {
        let mut left = self.not(depth)?;
        while self.keyword("and") {
            left = Expr::And(Box::new(left), Box::new(self.not(depth)?));
        }
        Ok(left)
    }

    fn not(&mut self, depth: usize) -> Result<Expr> {
        if depth > MAX_DEPTH {
            return Err(FilterError::new("the filter is nested too deeply"));
        }
        if self.keyword("not") {
            return Ok(Expr::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.peek() == Some(&Token::Open) {
            self.at += 1;
            let inner = self.or(depth + 1)?;
            if self.peek() != Some(&Token::Close) {
                return Err(self.wrong("\")\""));
            }
            self.at += 1;
            return Ok(inner);
        }
        self.compare()
    }

    fn compare(&mut self) -> Result<Expr> {
        let Some(Token::Word(field, _)) = self.peek() else {
            return Err(self.wrong("the name of a field"));
        };
        let field = field.clone();
        self.at += 1;
        let Some(Token::Op(op)) = self.peek() else {
            return Err(self.wrong("one of = != < <= > >= ~"));
        };
        let op = *op;
        self.at += 1;
        let value = match self.next() {
            Some(Token::Word(value, _) | Token::Quoted(value)) => value.clone(),
            _ => {
                self.at -= 1;
                return Err(self.wrong("a value"));
            }
        };
        Ok(Expr::Compare { field, op, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(field: &str, op: Op, value: &str) -> Expr {
        Expr::Compare {
            field: field.into(),
            op,
            value: value.into(),
        }
    }

    #[test]
    fn precedence_and_quotes() {
        let found = parse("a=1 OR not b != 'x y' and (c ~ \"q\\\"\" or d>=2026-01-05)").unwrap();
        let expected = Expr::Or(
            Box::new(compare("a", Op::Equal, "1")),
            Box::new(Expr::And(
                Box::new(Expr::Not(Box::new(compare("b", Op::NotEqual, "x y")))),
                Box::new(Expr::Or(
                    Box::new(compare("c", Op::Contains, "q\"")),
                    Box::new(compare("d", Op::GreaterOrEqual, "2026-01-05")),
                )),
            )),
        );
        assert_eq!(found, expected);
        assert_eq!(
            parse("amount<-5").unwrap(),
            compare("amount", Op::Less, "-5")
        );
    }

    #[test]
    fn nonsense_is_refused() {
        let deep = format!("{}a=1", "not ".repeat(100));
        let open = "(".repeat(5000);
        for wrong in [
            "", "a", "a=", "=1", "a=1 b=2", "(a=1", "a=1)", "a='x", "and", "a ! b", &deep, &open,
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
