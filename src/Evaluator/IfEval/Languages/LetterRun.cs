namespace Octet.Evaluator.IfEval.Languages;

/// <summary>The last three letters of a text as langdetect sees them: letters of one kind made equal, everything else a blank.</summary>
internal sealed class LetterRun
{
    private const string Resource = "Octet.Evaluator.IfEval.Languages.kanji_classes.txt";
    private static readonly Lazy<Dictionary<char, char>> Kanji = new(ReadKanji);
    private string _letters = " ";
    private bool _isCapitalWord;

    public void Add(char letter)
    {
        letter = Normalize(letter);
        var last = _letters[^1];
        if (last == ' ')
        {
            _letters = " ";
            _isCapitalWord = false;
            if (letter == ' ')
            {
                return;
            }
        }
        else if (_letters.Length >= 3)
        {
            _letters = _letters[1..];
        }

        _letters += letter;
        _isCapitalWord = char.IsUpper(letter) && (_isCapitalWord || char.IsUpper(last));
    }

    /// <summary>The last letters; null inside words of capitals and where there are too few.</summary>
    public string? Last(int count) => _isCapitalWord || _letters.Length < count || (count == 1 && _letters[^1] == ' ') ? null : _letters[^count..];

    private static char Normalize(char letter) => letter switch
    {
        < '\u0080' => char.IsAsciiLetter(letter) ? letter : ' ',
        '\u00a0' or '\u00ab' or '\u00b0' or '\u00bb' => ' ',
        'ș' => 'ş',
        'ț' => 'ţ',
        '\u06cc' => '\u064a',
        >= '\u1ea0' and <= '\u1eff' => '\u1ec3',
        >= '\u2000' and <= '\u206f' => ' ',
        >= '\u3040' and <= '\u309f' => '\u3042',
        >= '\u30a0' and <= '\u30ff' => '\u30a2',
        (>= '\u3100' and <= '\u312f') or (>= '\u31a0' and <= '\u31bf') => '\u3105',
        >= '\u4e00' and <= '\u9fff' => Kanji.Value.GetValueOrDefault(letter, letter),
        >= '\uac00' and <= '\ud7af' => '\uac00',
        _ => letter,
    };

    /// <summary>Characters of like frequency, one class a line; the first stands for its class.</summary>
    private static Dictionary<char, char> ReadKanji()
    {
        using var stream = typeof(LetterRun).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not in the assembly");
        using var reader = new StreamReader(stream);
        var map = new Dictionary<char, char>();
        while (reader.ReadLine() is { } line)
        {
            foreach (var letter in line)
            {
                map[letter] = line[0];
            }
        }

        return map;
    }
}
