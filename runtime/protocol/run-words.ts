/** Names of runs that have none of their own. */
const adjectives =
  "amber able brave bright brisk calm clever cosy crisp deft dusty eager early fair fleet fond gentle glad golden grand happy hardy honest humble jolly keen kind lively loyal lucky mellow merry mild misty neat nimble noble patient plain polite proud quick quiet rapid ready rosy round rustic sandy serene sharp shiny silent silver simple sleek smart smooth snowy solid spry steady still stout sunny swift tall tame tidy tough trusty vast vivid warm wild wise witty young zesty".split(
    " ",
  );
const animals =
  "badger beaver bison bittern buzzard carp cat coot crane crow curlew deer dipper dove duck eagle egret falcon finch fox frog goat goose grebe grouse gull hare hawk hedgehog heron hoopoe horse ibis jackdaw jay kestrel kingfisher kite lark linnet lynx magpie marmot marten mole moose moth mouse newt nuthatch otter owl oyster perch pike pipit plover puffin quail raven robin rook ruff salmon seal shrew snail snipe sparrow squirrel starling stoat stork swallow swan swift tern thrush toad trout vole wagtail walrus weasel whale wigeon wolf wren".split(
    " ",
  );

/**
 * Two words, as in Prefect: "quiet-otter". They follow from the run's id, so that whoever has chosen the id knows the
 * name before there is a run.
 */
export function runWords(runId: string): string {
  const digits = runId.replaceAll("-", "").slice(-12);
  const number = Number.parseInt(digits, 16);
  return `${oneOf(adjectives, number)}-${oneOf(animals, Math.floor(number / adjectives.length))}`;
}

function oneOf(words: readonly string[], number: number): string {
  return words[number % words.length] ?? "";
}
