using System.Runtime.InteropServices;
using Octet.Checkpoints;
using Octet.Inference.Compute;
using Octet.Inference.Guidance;
using Octet.Inference.Models;
using Octet.Inference.Sampling;

namespace Octet.Inference.Scheduling;

/// <summary>One forward pass: fills the batch, computes only the rows of logits that someone needs, chooses tokens, ends sequences.</summary>
internal sealed unsafe class EngineStep
{
    private const int LogitRows = 64;
    private readonly ForwardBatch _batch = new();
    private readonly List<NeededRow> _needed = [];
    private readonly LlamaModel _model;
    private readonly ModelConfig _config;
    private readonly ComputePool _pool;
    private readonly int _maxModelLen;
    private readonly TimeProvider _time;
    private readonly Action<int, int> _describeRows;
    private float[]? _guided;

    /// <summary>The rows of logits that threads describe now, and the first of them in the list of needed rows; written before they start.</summary>
    private float* _logits;
    private int _first;
    private readonly List<(Sequence Sequence, EngineOutput Output)> _outputs = [];

    public EngineStep(LlamaModel model, ModelConfig config, ComputePool pool, int maxModelLen, TimeProvider time)
    {
        (_model, _config, _pool, _maxModelLen, _time) = (model, config, pool, maxModelLen, time);
        _describeRows = DescribeRows;
    }

    /// <summary>What the last pass produced.</summary>
    public List<(Sequence Sequence, EngineOutput Output)> Outputs => _outputs;

    public EnginePass Run(List<Sequence> pass)
    {
        _batch.Clear();
        _needed.Clear();
        _outputs.Clear();
        var decoding = 0;
        foreach (var sequence in pass)
        {
            decoding += sequence.Computed >= sequence.PromptLength ? 1 : 0;
            AddTokens(sequence);
        }

        _model.Forward(_batch);
        foreach (var sequence in pass)
        {
            Scheduler.Complete(sequence);
        }

        ReadLogits();
        return new EnginePass(pass.Count, _batch.Count, decoding);
    }

    private void AddTokens(Sequence sequence)
    {
        var end = sequence.Computed + sequence.Scheduled;
        for (var position = sequence.Computed; position < end; position++)
        {
            var last = position == sequence.Tokens.Count - 1;
            var prompt = sequence.PromptLogprobs is { } wanted && position + 1 < sequence.PromptLength
                && position + 1 >= sequence.Sampling.PromptLogprobsFrom && wanted[position + 1] is null;
            if (last || prompt)
            {
                _needed.Add(new NeededRow(sequence, _batch.Count, position, last));
            }

            _batch.Add(sequence.Tokens[position], position, sequence.Blocks);
        }
    }

    private void ReadLogits()
    {
        Span<int> rows = stackalloc int[LogitRows];
        for (var start = 0; start < _needed.Count; start += LogitRows)
        {
            var count = Math.Min(LogitRows, _needed.Count - start);
            var prompts = false;
            for (var i = 0; i < count; i++)
            {
                rows[i] = _needed[start + i].Row;
                prompts |= !_needed[start + i].Last;
            }

            _logits = _model.Logits(rows[..count]);
            _first = start;
            if (prompts)
            {
                _pool.For(count, _config.VocabSize, _describeRows);
            }

            for (var i = 0; i < count; i++)
            {
                if (_needed[start + i] is { Last: true, Sequence: var sequence })
                {
                    Generate(sequence, LogitsOf(i));
                }
            }
        }
    }

    private ReadOnlySpan<float> LogitsOf(int row) => new(_logits + ((nint)row * _config.VocabSize), _config.VocabSize);

    /// <summary>Logprobs of prompt tokens: each row is independent, so all threads share them. Tokens are chosen one sequence after the other.</summary>
    private void DescribeRows(int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            var (sequence, _, position, last) = _needed[_first + i];
            if (!last)
            {
                sequence.PromptLogprobs![position + 1] = LogProbabilities.Describe(LogitsOf(i), sequence.Tokens[position + 1], sequence.Sampling.PromptLogprobs!.Value);
            }
        }
    }

    private void Generate(Sequence sequence, ReadOnlySpan<float> logits)
    {
        try
        {
            Choose(sequence, sequence.Guide is { } guide ? Guided(guide, logits) : logits);
        }
        catch (GrammarException unreachable)
        {
            _outputs.Add((sequence, new EngineOutput { TokenIds = [], FinishReason = FinishReason.Error, Error = unreachable.Message }));
        }
    }

    /// <summary>The logits with all that the grammar forbids at minus infinity: logprobs are of this distribution, as in vLLM.</summary>
    private Span<float> Guided(GuideCursor guide, ReadOnlySpan<float> logits)
    {
        _guided ??= new float[_config.VocabSize];
        logits.CopyTo(_guided);
        guide.Mask(_guided);
        return _guided;
    }

    private void Choose(Sequence sequence, ReadOnlySpan<float> logits)
    {
        var tokens = CollectionsMarshal.AsSpan(sequence.Tokens);
        var sampling = sequence.Sampling;
        var tooFew = sequence.Generated < sampling.MinTokens && sequence.Guide is not { IsFinished: true };
        var forbidden = tooFew ? _config.EosTokenIds.Concat(sampling.StopTokenIds) : null;
        var token = sequence.Sampler.Next(logits, tokens[..sequence.PromptLength], tokens[sequence.PromptLength..], forbidden);
        var logprobs = sampling.Logprobs is { } top ? LogProbabilities.Describe(logits, token, top, sampling.LogprobTokenIds) : null;
        sequence.Guide?.Advance(token);
        sequence.Tokens.Add(token);
        if (sequence.FirstToken == 0)
        {
            sequence.FirstToken = _time.GetTimestamp();
        }

        var finish = Finish(sequence, token);
        _outputs.Add((sequence, new EngineOutput
        {
            TokenIds = [token],
            Logprobs = logprobs is null ? null : [logprobs],
            PromptLogprobs = sequence.PromptReported ? null : sequence.PromptLogprobs,
            FinishReason = finish,
            StopTokenId = finish == FinishReason.Stop && !_config.EosTokenIds.Contains(token) ? token : null,
            CachedTokens = sequence.CachedTokens,
            Preemptions = sequence.Preemptions,
            Timings = finish is null ? null : Timings(sequence),
        }));
        sequence.PromptReported = true;
    }

    private FinishReason? Finish(Sequence sequence, int token)
    {
        var sampling = sequence.Sampling;
        if (sequence.Generated >= sampling.MinTokens && ((!sampling.IgnoreEos && _config.EosTokenIds.Contains(token)) || sampling.StopTokenIds.Contains(token)))
        {
            return FinishReason.Stop;
        }

        return sequence.Generated >= sampling.MaxTokens || sequence.Tokens.Count >= _maxModelLen ? FinishReason.Length : null;
    }

    private RequestTimings Timings(Sequence sequence)
    {
        var now = _time.GetTimestamp();
        return new RequestTimings(
            _time.GetElapsedTime(sequence.Arrival, sequence.FirstScheduled).TotalSeconds,
            _time.GetElapsedTime(sequence.FirstScheduled, sequence.FirstToken).TotalSeconds,
            _time.GetElapsedTime(sequence.FirstToken, now).TotalSeconds);
    }

    private readonly record struct NeededRow(Sequence Sequence, int Row, int Position, bool Last);
}
