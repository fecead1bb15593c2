import ast
import inspect

from worker import errors


def tree() -> list[type[errors.EditorError]]:
    return [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, errors.EditorError)]


def test_every_error_is_drawn_in_the_tree_with_its_code() -> None:
    assert errors.__doc__ is not None
    for kind in tree():
        drawn = next(line for line in errors.__doc__.splitlines() if kind.__name__ in line)
        if kind not in (errors.EditorError, errors.RefusedEditError):
            assert kind.code in drawn.split()


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in tree() if kind is not errors.RefusedEditError]
    assert len(set(codes)) == len(codes)


def test_a_refusal_of_the_models_keeps_its_code() -> None:
    error = errors.RefusedEditError("too low", code="bad_target")
    assert (error.code, str(error)) == ("bad_target", "too low")


def test_the_web_process_can_import_the_errors_alone() -> None:
    module = ast.parse(inspect.getsource(errors))
    assert not [node for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom)]
