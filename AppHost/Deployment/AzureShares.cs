using Aspire.Hosting.Azure;
using Azure.Provisioning.AppContainers;
using Azure.Provisioning.Expressions;
using Azure.Provisioning.Storage;
using FileShare = Azure.Provisioning.Storage.FileShare;

namespace Octet.AppHost.Deployment;

/// <summary>One storage account with one Azure Files share for each named volume, known to the Container Apps environment under the volume's name.</summary>
internal static class AzureShares
{
    /// <summary>Files of all users' containers are writable; locks stay inside a container, as SQLite and Redis need; links are files of their own.</summary>
    private const string MountOptions = "dir_mode=0777,file_mode=0777,mfsymlinks,nobrl";

    private const string ReadOnlySuffix = "-read";

    /// <summary>Adds account, shares and their registration.</summary>
    /// <param name="infrastructure">Of the environment.</param>
    /// <param name="environment">That the container apps run in.</param>
    /// <param name="capacity">Of data root and model cache, as Kubernetes writes it: <c>200Gi</c>.</param>
    public static void AddTo(AzureResourceInfrastructure infrastructure, ContainerAppManagedEnvironment environment, string capacity)
    {
        var account = new StorageAccount("octet_storage")
        {
            Kind = StorageKind.StorageV2,
            Sku = new StorageSku { Name = StorageSkuName.StandardLrs },
            LargeFileSharesState = LargeFileSharesState.Enabled,
            MinimumTlsVersion = StorageMinimumTlsVersion.Tls1_2,
        };
        var files = new FileService("octet_files") { Parent = account };
        infrastructure.Add(account);
        infrastructure.Add(files);
        foreach (var volume in (ReadOnlySpan<string>)[Volumes.Data, Volumes.HuggingFaceCache, Volumes.Queue])
        {
            var share = new FileShare(Identifier(volume)) { Parent = files, Name = volume, ShareQuota = volume == Volumes.Queue ? 1 : Gibibytes(capacity), EnabledProtocol = FileShareEnabledProtocol.Smb };
            infrastructure.Add(share);
            infrastructure.Add(Registration(volume, ContainerAppAccessMode.ReadWrite, environment, account, share));
            if (volume == Volumes.Data)
            {
                infrastructure.Add(Registration(volume + ReadOnlySuffix, ContainerAppAccessMode.ReadOnly, environment, account, share));
            }
        }
    }

    /// <summary>The volume of a container app.</summary>
    public static ContainerAppVolume Volume(string volume, bool isReadOnly) => new()
    {
        Name = volume,
        StorageType = ContainerAppStorageType.AzureFile,
        StorageName = isReadOnly ? volume + ReadOnlySuffix : volume,
        MountOptions = MountOptions,
    };

    /// <summary>Whole GiB of a capacity that <see cref="IsCapacity"/> accepts.</summary>
    public static int Gibibytes(string capacity) => int.Parse(capacity.AsSpan(0, capacity.Length - 2), System.Globalization.CultureInfo.InvariantCulture) * (capacity.EndsWith("Ti", StringComparison.Ordinal) ? 1024 : 1);

    /// <summary>True for whole <c>Gi</c> or <c>Ti</c>.</summary>
    public static bool IsCapacity(string text) =>
        text.Length is > 2 and <= 8 && (text.EndsWith("Gi", StringComparison.Ordinal) || text.EndsWith("Ti", StringComparison.Ordinal))
        && text.AsSpan(0, text.Length - 2).IndexOfAnyExceptInRange('0', '9') < 0 && text[0] != '0';

    private static ContainerAppManagedEnvironmentStorage Registration(string name, ContainerAppAccessMode access, ContainerAppManagedEnvironment environment, StorageAccount account, FileShare share) =>
        new(Identifier(name) + "_mount")
        {
            Parent = environment,
            Name = name,
            ManagedEnvironmentStorageAzureFile = new ContainerAppAzureFileProperties
            {
                ShareName = share.Name,
                AccountName = account.Name,
                AccountKey = new MemberExpression(account.GetKeys()[0].Compile(), "value"),
                AccessMode = access,
            },
        };

    private static string Identifier(string volume) => volume.Replace('-', '_');
}
