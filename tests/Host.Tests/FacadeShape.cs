using System.Globalization;
using System.Reflection;

namespace BpfVerifier.Host.Tests;

/// <summary>The public shape of assemblies: a line for each type and each member that others can be compiled against.</summary>
internal static class FacadeShape
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>Lines in ordinal order. What a value is worth stands there only for constants: it is compiled into others.</summary>
    public static string[] Of(params IEnumerable<Assembly> assemblies) =>
        [.. assemblies.SelectMany(assembly => assembly.GetExportedTypes()).SelectMany(type => Members(type).Prepend(Header(type))).Distinct().Order(StringComparer.Ordinal)];

    private static string Header(Type type)
    {
        string kind = type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsSealed ? "sealed class" : type.IsAbstract ? "abstract class" : "class";
        IEnumerable<string> bases = type.GetInterfaces().Select(Name).Order(StringComparer.Ordinal);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            bases = bases.Prepend(Name(parent));
        return $"{Name(type)}: {string.Join(' ', bases.Prepend(kind))}";
    }

    private static IEnumerable<string> Members(Type type) => type.GetMembers(Declared).Select(member => member switch
    {
        FieldInfo field when IsSeen(field.Attributes) =>
            $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}" : "")}",
        MethodInfo method when IsSeen(method) => $"{Modifiers(method)}{Name(method.ReturnParameter)} {method.Name}{Generic(method)}({Parameters(method)})",
        ConstructorInfo constructor when IsSeen(constructor) => $"new({Parameters(constructor)})",
        _ => null,
    }).OfType<string>().Select(member => $"{Name(type)}.{member}");

    private static bool IsSeen(FieldAttributes field) => (field & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Modifiers(MethodInfo method) => method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "";

    private static string Generic(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(parameter => Name(parameter) + (parameter.HasDefaultValue ? $" = {Convert.ToString(parameter.RawDefaultValue, CultureInfo.InvariantCulture)}" : "")));

    // A setter that only initialisers may call returns void with a mark.
    private static string Name(ParameterInfo parameter) => string.Join(' ', parameter.GetRequiredCustomModifiers().Select(Name).Append(Name(parameter.ParameterType)));

    private static string Name(Type type) =>
        type.HasElementType ? Name(type.GetElementType()!) + (type.IsArray ? "[]" : type.IsByRef ? "&" : "*")
        : type.IsGenericParameter ? type.Name
        : type.IsGenericType ? $"{Plain(type)}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : Plain(type);

    private static string Plain(Type type) => (type.DeclaringType is { } outer ? Plain(outer) : type.Namespace) + "." + type.Name.Split('`')[0];
}
