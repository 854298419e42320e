using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The row object on which the getters of a typed row work.</summary>
internal sealed class RowHolder<TRow> where TRow : class
{
    public TRow Row { get; set; }

    /// <summary>The row; throws where there is none.</summary>
    public TRow Current => Row ?? throw NoRow();

    private static InvalidOperationException NoRow() =>
        Contracts.Except("Values cannot be fetched at this time: the cursor has not been moved to a row, or is past the last one.");
}

/// <summary>Gives a new value of a member, given its old one.</summary>
internal abstract class MemberSource<TMember>
{
    public abstract TMember Next(TMember old);
}

/// <summary>Compiled access to the members of a row class: no reflection and no boxing per value.</summary>
internal static class MemberAccess<TRow> where TRow : class
{
    private static readonly ConcurrentDictionary<MemberInfo, DynamicMethod> Readers = new();
    private static readonly ConcurrentDictionary<(MemberInfo, bool), DynamicMethod> Writers = new();

    /// <summary>Reads the member of the row in the holder.</summary>
    public static Func<TMember> Reader<TMember>(MemberInfo member, RowHolder<TRow> holder) =>
        Readers.GetOrAdd(member, CompileReader).CreateDelegate<Func<TMember>>(holder);

    /// <summary>Sets the member of a row to what the source gives; <paramref name="reuse"/> hands it the old value.</summary>
    public static Action<TRow> Writer<TMember>(MemberInfo member, MemberSource<TMember> source, bool reuse) =>
        Writers.GetOrAdd((member, reuse && CanRead(member)), CompileWriter).CreateDelegate<Action<TRow>>(source);

    private static bool CanRead(MemberInfo member) => member is FieldInfo || ((PropertyInfo)member).GetGetMethod() != null;

    private static DynamicMethod CompileReader(MemberInfo member)
    {
        if (!CanRead(member))
            throw Contracts.Except($"The property '{member.Name}' of '{typeof(TRow)}' has no public getter, so that its column cannot be read.");
        var method = new DynamicMethod("Read " + member.Name, RowMember.TypeOf(member), [typeof(RowHolder<TRow>)], typeof(MemberAccess<TRow>).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(RowHolder<TRow>).GetProperty(nameof(RowHolder<>.Current)).GetMethod);
        EmitLoad(il, member);
        il.Emit(OpCodes.Ret);
        return method;
    }

    private static DynamicMethod CompileWriter((MemberInfo Member, bool Reuse) key)
    {
        var member = key.Member;
        var type = RowMember.TypeOf(member);
        var sourceType = typeof(MemberSource<>).MakeGenericType(type);
        var method = new DynamicMethod("Write " + member.Name, null, [sourceType, typeof(TRow)], typeof(MemberAccess<TRow>).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_0);
        if (key.Reuse)
        {
            il.Emit(OpCodes.Ldarg_1);
            EmitLoad(il, member);
        }
        else
        {
            il.Emit(OpCodes.Ldloc, il.DeclareLocal(type));
        }
        il.Emit(OpCodes.Callvirt, sourceType.GetMethod(nameof(MemberSource<>.Next)));
        if (member is FieldInfo field)
            il.Emit(OpCodes.Stfld, field);
        else
            il.Emit(OpCodes.Callvirt, SetterOf((PropertyInfo)member));
        il.Emit(OpCodes.Ret);
        return method;
    }

    private static void EmitLoad(ILGenerator il, MemberInfo member)
    {
        if (member is FieldInfo field)
            il.Emit(OpCodes.Ldfld, field);
        else
            il.Emit(OpCodes.Callvirt, ((PropertyInfo)member).GetGetMethod());
    }

    private static MethodInfo SetterOf(PropertyInfo property) => property.GetSetMethod()
        ?? throw Contracts.Except($"The property '{property.Name}' of '{typeof(TRow)}' has no public setter, so that its column cannot be written into it.");
}
