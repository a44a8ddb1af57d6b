using Octet.Checkpoints.Models;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Checkpoints;

/// <summary>A Hugging Face model folder, opened for reading: config and every tensor of its safetensors files, memory-mapped.</summary>
public sealed unsafe class CheckpointDirectory : IDisposable
{
    private const string IndexName = "model.safetensors.index.json";
    private readonly Dictionary<string, SafeTensorsFile> _fileOfTensor = new(StringComparer.Ordinal);

    private CheckpointDirectory(string path, ModelConfig config, IReadOnlyList<SafeTensorsFile> files)
    {
        FullPath = path;
        Config = config;
        Files = files;
        foreach (var file in files)
        {
            foreach (var name in file.Tensors.Keys)
            {
                if (!_fileOfTensor.TryAdd(name, file))
                {
                    throw new CheckpointException($"tensor '{name}' is in {_fileOfTensor[name].Path} and in {file.Path}: remove the file that does not belong to the model");
                }
            }
        }
    }

    public string FullPath { get; }

    public ModelConfig Config { get; }

    /// <summary>The shards, in the order of their names.</summary>
    public IReadOnlyList<SafeTensorsFile> Files { get; }

    public IEnumerable<TensorInfo> Tensors => Files.SelectMany(file => file.Tensors.Values);

    /// <summary>Bytes of all tensors.</summary>
    public long TensorBytes => Tensors.Sum(tensor => tensor.ByteLength);

    /// <param name="path">The folder.</param>
    /// <exception cref="CheckpointException">The folder is missing, damaged or not supported.</exception>
    public static CheckpointDirectory Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        if (!Directory.Exists(full))
        {
            throw new CheckpointException($"model folder '{path}' does not exist; give a folder with config.json and *.safetensors");
        }

        var config = ModelConfigReader.Read(full);
        var files = new List<SafeTensorsFile>();
        try
        {
            foreach (var name in ShardNames(full))
            {
                files.Add(SafeTensorsFile.Open(Path.Combine(full, name)));
            }

            return new CheckpointDirectory(full, config, files);
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    public bool Contains(string tensor) => _fileOfTensor.ContainsKey(tensor);

    /// <summary>A tensor that must be there.</summary>
    /// <exception cref="CheckpointException">It is not.</exception>
    public TensorInfo Find(string tensor) => _fileOfTensor.TryGetValue(tensor, out var file)
        ? file.Tensors[tensor]
        : throw new CheckpointException($"{FullPath} has no tensor '{tensor}': the checkpoint is incomplete or of another architecture");

    /// <summary>Start of a tensor's bytes.</summary>
    public byte* Pointer(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return _fileOfTensor[tensor.Name].Pointer(tensor);
    }

    public void Dispose()
    {
        foreach (var file in Files)
        {
            file.Dispose();
        }
    }

    private static string[] ShardNames(string directory)
    {
        if (File.Exists(Path.Combine(directory, IndexName)))
        {
            return IndexedShards(directory);
        }

        if (File.Exists(Path.Combine(directory, "model.safetensors")))
        {
            return ["model.safetensors"];
        }

        string[] found = [.. Directory.GetFiles(directory, "*.safetensors").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        return found.Length > 0
            ? found
            : throw new CheckpointException(Directory.EnumerateFiles(directory, "*.bin").Concat(Directory.EnumerateFiles(directory, "*.pt")).Any()
                ? $"{directory} holds only pickled weights (*.bin, *.pt), which can run code when loaded and are refused; convert them to safetensors"
                : $"{directory} holds no *.safetensors file");
    }

    private static string[] IndexedShards(string directory)
    {
        var path = Path.Combine(directory, IndexName);
        using var document = ModelConfigReader.ReadJson(path);
        var map = new ConfigJson(document.RootElement, path).Object("weight_map") ?? throw new CheckpointException($"{path} has no 'weight_map'");
        string[] names = [.. map.Element.EnumerateObject().Select(entry => map.Text(entry.Name) ?? "").Distinct().Order(StringComparer.Ordinal)];
        return Array.Find(names, name => name.Length == 0 || name != Path.GetFileName(name) || name is "." or "..") is { } outside
            ? throw new CheckpointException($"{path} names '{outside}', which is not a file of the folder")
            : names;
    }
}
