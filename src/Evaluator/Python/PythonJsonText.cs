namespace Octet.Evaluator.Python;

/// <summary>Whether Python's <c>json.loads</c> takes a text: any value, <c>NaN</c> and <c>Infinity</c> too, no control characters in strings.</summary>
public static class PythonJsonText
{
    private const int DeepestNesting = 900;

    public static bool IsValid(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reader = new Reader(text);
        return reader.Value(0) && reader.AtEnd();
    }

    private ref struct Reader(string text)
    {
        private int _at;

        public bool AtEnd()
        {
            Blanks();
            return _at == text.Length;
        }

        public bool Value(int depth)
        {
            Blanks();
            if (_at == text.Length || depth > DeepestNesting)
            {
                return false;
            }

            return text[_at] switch
            {
                '{' => Members(depth),
                '[' => Items(depth),
                '"' => Text(),
                't' => Word("true"),
                'f' => Word("false"),
                'n' => Word("null"),
                'N' => Word("NaN"),
                'I' => Word("Infinity"),
                '-' when At(1) == 'I' => Word("-Infinity"),
                _ => Number(),
            };
        }

        private readonly char At(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

        private void Blanks()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\n' or '\r')
            {
                _at++;
            }
        }

        private bool Take(char letter)
        {
            Blanks();
            if (At(0) != letter || _at == text.Length)
            {
                return false;
            }

            _at++;
            return true;
        }

        private bool Word(string word)
        {
            var found = string.CompareOrdinal(text, _at, word, 0, word.Length) == 0;
            _at += word.Length;
            return found;
        }

        private bool Members(int depth)
        {
            _at++;
            if (Take('}'))
            {
                return true;
            }

            do
            {
                Blanks();
                if (At(0) != '"' || !Text() || !Take(':') || !Value(depth + 1))
                {
                    return false;
                }
            }
            while (Take(','));
            return Take('}');
        }

        private bool Items(int depth)
        {
            _at++;
            if (Take(']'))
            {
                return true;
            }

            do
            {
                if (!Value(depth + 1))
                {
                    return false;
                }
            }
            while (Take(','));
            return Take(']');
        }

        private bool Text()
        {
            for (_at++; _at < text.Length; _at++)
            {
                switch (text[_at])
                {
                    case '"':
                        _at++;
                        return true;
                    case < ' ':
                        return false;
                    case '\\':
                        _at++;
                        if (At(0) == 'u')
                        {
                            if (!(char.IsAsciiHexDigit(At(1)) && char.IsAsciiHexDigit(At(2)) && char.IsAsciiHexDigit(At(3)) && char.IsAsciiHexDigit(At(4))))
                            {
                                return false;
                            }

                            _at += 4;
                        }
                        else if (!"\"\\/bfnrt".Contains(At(0), StringComparison.Ordinal))
                        {
                            return false;
                        }

                        break;
                }
            }

            return false;
        }

        private bool Number()
        {
            _at += At(0) == '-' ? 1 : 0;
            if (At(0) == '0')
            {
                _at++;
            }
            else if (!Digits())
            {
                return false;
            }

            if (At(0) == '.' && char.IsAsciiDigit(At(1)))
            {
                _at++;
                Digits();
            }

            var sign = At(1) is '+' or '-' ? 1 : 0;
            if (At(0) is 'e' or 'E' && char.IsAsciiDigit(At(1 + sign)))
            {
                _at += 1 + sign;
                Digits();
            }

            return true;
        }

        private bool Digits()
        {
            var start = _at;
            while (char.IsAsciiDigit(At(0)))
            {
                _at++;
            }

            return _at > start;
        }
    }
}
