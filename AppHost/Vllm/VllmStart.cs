namespace Octet.AppHost.Vllm;

/// <summary>The start of a vLLM container, as a shell script: the same order holds on a laptop and in a cloud that knows no waiting.</summary>
internal static class VllmStart
{
    /// <summary>Model folder or Hugging Face id. Exactly one of this and <see cref="ArtefactVariable"/> is set.</summary>
    public const string ModelVariable = "OCTET_MODEL";

    /// <summary>Beginning of the artefact's folder: the newest complete one is served, and waited for while there is none.</summary>
    public const string ArtefactVariable = "OCTET_ARTEFACT";

    /// <summary>Address of the twin on the same GPUs, which must sleep before this server starts; optional.</summary>
    public const string TwinVariable = "OCTET_TWIN";

    /// <summary>Arguments of the script follow <c>vllm serve MODEL</c>. A checkpoint appears under its name only when complete, so config.json decides.</summary>
    public const string Script =
        """
        set -eu
        if [ -n "${OCTET_ARTEFACT:-}" ]; then
          echo "waiting for the compressed model $OCTET_ARTEFACT*"
          until newest=$(ls -1td "$OCTET_ARTEFACT"*/config.json 2>/dev/null | head -n 1) && [ -n "$newest" ]; do sleep 2; done
          OCTET_MODEL=${newest%/config.json}
        fi
        if [ -n "${OCTET_TWIN:-}" ]; then
          echo "putting $OCTET_TWIN to sleep"
          until python3 -c 'import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1] + "/sleep?level=1", method="POST"), timeout=120)' "$OCTET_TWIN"; do sleep 2; done
        fi
        if [ -n "${OTEL_EXPORTER_OTLP_ENDPOINT:-}" ]; then
          set -- "$@" --otlp-traces-endpoint "$OTEL_EXPORTER_OTLP_ENDPOINT"
        fi
        exec vllm serve "$OCTET_MODEL" "$@"
        """;
}
