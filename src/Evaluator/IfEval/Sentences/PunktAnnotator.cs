namespace Octet.Evaluator.IfEval.Sentences;

/// <summary>Punkt's two passes: by the type of each word, then by its neighbour.</summary>
internal sealed class PunktAnnotator(PunktParameters parameters)
{
    private const int SeenUpperInside = 1 << 2;
    private const int SeenUpper = (1 << 1) | SeenUpperInside | (1 << 3);
    private const int SeenLowerAtStart = 1 << 4;
    private const int SeenLower = SeenLowerAtStart | (1 << 5) | (1 << 6);

    public void Annotate(List<PunktToken> tokens)
    {
        foreach (var token in tokens)
        {
            ByType(token);
        }

        for (var i = 0; i + 1 < tokens.Count; i++)
        {
            ByNeighbour(tokens[i], tokens[i + 1]);
        }
    }

    private void ByType(PunktToken token)
    {
        if (token.IsEndMark)
        {
            token.IsSentenceEnd = true;
        }
        else if (!token.IsEllipsis && token.EndsInPeriod && !token.Text.EndsWith("..", StringComparison.Ordinal))
        {
            var word = Python.PythonText.Lower(token.Text[..^1]);
            token.IsAbbreviation = parameters.Abbreviations.Contains(word) || parameters.Abbreviations.Contains(word[(word.LastIndexOf('-') + 1)..]);
            token.IsSentenceEnd = !token.IsAbbreviation;
        }
    }

    private void ByNeighbour(PunktToken token, PunktToken next)
    {
        if (!token.EndsInPeriod)
        {
            return;
        }

        var nextType = next.TypeWithoutSentencePeriod;
        var initial = token.IsInitial;
        if (parameters.Collocations.Contains((token.TypeWithoutPeriod, nextType)))
        {
            Join(token);
            return;
        }

        if ((token.IsAbbreviation || token.IsEllipsis) && !initial && (StartsSentence(next) == true || (next.StartsUpper && parameters.Starters.Contains(nextType))))
        {
            token.IsSentenceEnd = true;
            return;
        }

        if (initial || token.IsNumber)
        {
            var starts = StartsSentence(next);
            if (starts == false || (starts is null && initial && next.StartsUpper && (Seen(nextType) & SeenLower) == 0))
            {
                Join(token);
            }
        }
    }

    /// <summary>Whether the word's writing shows that a sentence begins; null when it does not tell.</summary>
    private bool? StartsSentence(PunktToken token)
    {
        if (token.Text is ";" or ":" or "," or "." or "!" or "?")
        {
            return false;
        }

        var seen = Seen(token.TypeWithoutSentencePeriod);
        return token.StartsUpper && (seen & SeenLower) != 0 && (seen & SeenUpperInside) == 0 ? true
            : token.StartsLower && ((seen & SeenUpper) != 0 || (seen & SeenLowerAtStart) == 0) ? false
            : null;
    }

    private int Seen(string type) => parameters.Orthography.GetValueOrDefault(type);

    private static void Join(PunktToken token)
    {
        token.IsSentenceEnd = false;
        token.IsAbbreviation = true;
    }
}
