namespace BpfVerifier.Generator.Emit;

/// <summary>Gives equal items one number, counting up in the order they come.</summary>
internal sealed class Numbering<T>(int first = 0) where T : notnull
{
    private readonly Dictionary<T, int> _numbers = [];
    private readonly List<T> _items = [];

    /// <summary>The items; item i has the number <c>first + i</c>.</summary>
    public IReadOnlyList<T> Items => _items;

    public int this[T item]
    {
        get
        {
            if (!_numbers.TryGetValue(item, out int number))
            {
                number = first + _items.Count;
                _numbers.Add(item, number);
                _items.Add(item);
            }
            return number;
        }
    }
}
