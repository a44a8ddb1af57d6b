using System.Runtime.InteropServices;

namespace Octet.Inference.Compute;

/// <summary>64-byte aligned unmanaged memory that only grows.</summary>
/// <typeparam name="T">Element.</typeparam>
public sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private long _capacity;

    public T* Pointer { get; private set; }

    /// <summary>Makes room for that many elements. Contents are lost when it grows.</summary>
    public T* Ensure(long elements)
    {
        if (elements > _capacity)
        {
            NativeMemory.AlignedFree(Pointer);
            Pointer = (T*)NativeMemory.AlignedAlloc(checked((nuint)(elements * sizeof(T))), 64);
            _capacity = elements;
        }

        return Pointer;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        _capacity = 0;
    }
}
